package certs

import "os/exec"

// keychains are those whose roots all users trust.
var keychains = []string{
	"/System/Library/Keychains/SystemRootCertificates.keychain",
	"/Library/Keychains/System.keychain",
}

func (b *Bundle) addSystem() {
	for _, k := range keychains {
		out, err := exec.Command("/usr/bin/security", "find-certificate", "-a", "-p", k).Output()
		if err == nil {
			b.addPEM(out)
		}
	}
	if b.roots == 0 {
		b.addFile("/etc/ssl/cert.pem")
	}
}
