// SPDX-License-Identifier: Apache-2.0
package io.nodevitals.agent.cli;

import io.nodevitals.agent.config.Setting;
import io.nodevitals.agent.config.SettingException;
import io.nodevitals.agent.config.Settings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Every {@link Setting} as an option of a command. */
final class SettingsOptions {

    private SettingsOptions() {}

    static void addTo(CommandSpec command) {
        command.usageMessage().abbreviateSynopsis(true);
        for (Setting<?> setting : Setting.ALL) {
            String byDefault = setting.defaultText().isEmpty() ? "unset" : setting.defaultText();
            OptionSpec.Builder option = OptionSpec.builder(setting.flag())
                    .paramLabel("VALUE")
                    .description(
                            setting.help(),
                            "  Allowed: " + setting.allowed() + ".",
                            "  Default: " + byDefault,
                            "  Variable: " + setting.variable());
            if (setting == Setting.KUBEPODS_ROOT) {
                option.arity("1").type(List.class).auxiliaryTypes(String.class);
            } else {
                option.arity("1").type(String.class);
            }
            command.addOption(option.build());
        }
    }

    static Settings read(CommandSpec command, Map<String, String> environment) throws SettingException {
        Map<Setting<?>, String> flags = new HashMap<>();
        for (Setting<?> setting : Setting.ALL) {
            Object value = command.findOption(setting.flag()).getValue();
            if (value instanceof List<?> values) {
                flags.put(
                        setting,
                        String.join(",", values.stream().map(String::valueOf).toList()));
            } else if (value != null) {
                flags.put(setting, value.toString());
            }
        }
        return Settings.of(flags, environment);
    }
}
