package rules

import "testing"

func TestNotebookSource(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"lines and text", `{"cells": [{"cell_type": "code", "source": ["x = 1\n", "y = 2"]}, {"cell_type": "markdown", "source": "no"}, {"cell_type": "code", "source": "z = 3"}]}`, "x = 1\ny = 2\nz = 3\n"},
		{"version 3", `{"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}`, "x = 1\n"},
		{"commands", `{"cells": [{"cell_type": "code", "source": "if x:\n    !true \"a\"\nout = !ls\n%pip install demo\n%matplotlib inline\nhelp?\nx % y"}]}`,
			"if x:\n    __import__('os').system(\"true \\\"a\\\"\")\n__import__('os').system(\"ls\")\n__import__('os').system(\"pip install demo\")\npass\npass\nx % y\n"},
		{"shell cell", `{"cells": [{"cell_type": "code", "source": "%%bash\ntrue\nfalse"}]}`, "__import__('os').system(\"true\\nfalse\")\n"},
		{"file cell", `{"cells": [{"cell_type": "code", "source": "%%writefile a.py\nx = 1\n"}]}`, "open(\"a.py\", 'w').write(\"x = 1\\n\")\n"},
		{"timed cell", `{"cells": [{"cell_type": "code", "source": "%%time\nx = 1"}]}`, "x = 1\n"},
		{"another text", `{"cells": [{"cell_type": "code", "source": "%%html\n<b>"}]}`, ""},
		{"comparison", `{"cells": [{"cell_type": "code", "source": "a != b\nassert x != 1"}]}`, "a != b\nassert x != 1\n"},
	} {
		if got, ok := notebookSource([]byte(tt.content)); !ok || got != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, ok, tt.want)
		}
	}
	for _, content := range []string{"", "x", "[]", "{}", `{"cells": 1}`, `{"cells": [{"cell_type": "code"}], "metadata": {"kernelspec": {"language": "R"}}}`} {
		if got, ok := notebookSource([]byte(content)); ok {
			t.Errorf("%q is read as %q", content, got)
		}
	}
}
