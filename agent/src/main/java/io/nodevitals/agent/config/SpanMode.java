// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.config;

/** Which processes become spans. */
public enum SpanMode {
    /** Those that ended badly. */
    ABNORMAL,
    ALL,
    OFF
}
