// SPDX-License-Identifier: Apache-2.0
/** What deploy/ says, held against the agent and against the API's own types. */
@NullMarked
package io.nodevitals.agent.deploy;

import org.jspecify.annotations.NullMarked;
