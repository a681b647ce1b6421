package shell

import "strings"

// Words that tell a text of PowerShell, and one for cmd.exe, in lower case.
var (
	powershellWords = []string{
		"$env:", "new-object ", "invoke-webrequest", "invoke-expression", "invoke-restmethod", "iex(", "iex (", "iwr ", "irm ",
		"start-process", "start-bitstransfer", "[system.", "[convert]::", "[text.encoding]", "[net.", "write-host", "-mppreference",
		"set-itemproperty", "new-itemproperty", "get-content", "set-content", "foreach-object", "get-process", "$psscriptroot",
		"[reflection.assembly]", "remove-item", "get-childitem", "[io.file]", "add-type", "get-wmiobject", "copy-item",
	}
	cmdPrograms = []string{
		"cmd", "powershell", "pwsh", "start", "reg", "schtasks", "certutil", "bitsadmin", "mshta", "wscript", "cscript", "taskkill", "del",
		"erase", "copy", "xcopy", "robocopy", "net", "netsh", "wmic", "rundll32", "regsvr32", "attrib", "setx", "tasklist", "systeminfo",
		"ipconfig", "type", "rd", "sc", "rem", "call", "@echo", "setlocal", "title", "color", "cls", "vssadmin", "bcdedit", "shutdown",
	}
)

// guess says what a text is written in.
func guess(text string) Dialect {
	head := asciiLower(text[:min(len(text), 4096)])
	first := strings.TrimLeft(head, " \t\r\n@")
	if strings.HasPrefix(first, "#!") {
		return Posix
	}
	name := firstWord(first)
	for _, p := range cmdPrograms {
		if name == p {
			return Cmd
		}
	}
	if strings.HasPrefix(strings.TrimLeft(head, " \t\r\n"), "@") || strings.HasPrefix(first, "::") || strings.Contains(head, "%~") || variableOfCmd(head) {
		return Cmd
	}
	if isPosix(name) {
		return Posix
	}
	for _, w := range powershellWords {
		if strings.Contains(head, w) {
			return PowerShell
		}
	}
	if strings.Contains(head, `:\`) {
		return Cmd
	}
	return Posix
}

// firstWord returns the name of the first program.
func firstWord(text string) string {
	if i := strings.IndexAny(text, " \t\r\n;&|"); i >= 0 {
		text = text[:i]
	}
	text = strings.ReplaceAll(strings.Trim(text, `"'`), "^", "")
	return programName(text)
}

func isPosix(name string) bool {
	switch name {
	case "sh", "bash", "zsh", "sudo", "export", "cd", "curl", "wget", "python", "chmod", "env", "nohup", "echo", "cat":
		return true
	}
	return false
}

// variableOfCmd says that a "%NAME%" is in the text.
func variableOfCmd(text string) bool {
	for {
		_, rest, ok := strings.Cut(text, "%")
		if !ok {
			return false
		}
		n := 0
		for n < len(rest) && (isLetter(rest[n]) || rest[n] >= '0' && rest[n] <= '9') {
			n++
		}
		if n > 2 && n < len(rest) && rest[n] == '%' {
			return true
		}
		text = rest
	}
}
