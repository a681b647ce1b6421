//go:build unix && !darwin

package certs

// systemBundles are where systems keep their roots in one file; the first that is there counts.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch, Alpine, Gentoo
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Red Hat
	"/etc/pki/tls/certs/ca-bundle.crt",                  // older Red Hat
	"/etc/ssl/ca-bundle.pem",                            // SUSE
	"/etc/ssl/cert.pem",                                 // BSD
	"/usr/local/share/certs/ca-root-nss.crt",            // FreeBSD
}

func (b *Bundle) addSystem() {
	for _, path := range systemBundles {
		if b.addFile(path) {
			return
		}
	}
}
