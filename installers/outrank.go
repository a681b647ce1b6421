package installers

import "fmt"

// outranking are the variables that go before the files of settings, by client.
var outranking = map[string][]string{
	Pip:    {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_ISOLATED"},
	UV:     {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_NO_INDEX", "UV_NO_CONFIG", "UV_CONFIG_FILE"},
	PDM:    {"PDM_PYPI_URL"},
	Pipenv: {mirror},
}

// Outranking tells which variables of the environment go before the settings of the clients.
func (c *Computer) Outranking(list []string) []string {
	var notes []string
	for _, client := range list {
		for _, key := range outranking[client] {
			if c.Env[key] != "" {
				notes = append(notes, fmt.Sprintf("%s is set in this environment and goes before %s's file: unset it", key, client))
			}
		}
		if client == Pip && c.Env["PIP_CONFIG_FILE"] != "" {
			notes = append(notes, "PIP_CONFIG_FILE is set in this environment: pip reads that file last, or no file at all: unset it")
		}
	}
	return notes
}
