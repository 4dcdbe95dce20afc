// SPDX-License-Identifier: Apache-2.0
/**
 * From cgroups to workloads: pod UID, container id, runtime, QoS class.
 */
@NullMarked
package io.nodevitals.agent.attribute;

import org.jspecify.annotations.NullMarked;
