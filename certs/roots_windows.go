package certs

import (
	"bytes"
	"syscall"
	"unsafe"
)

// addSystem adds the roots of the store ROOT, as the current user sees it.
func (b *Bundle) addSystem() {
	name, err := syscall.UTF16PtrFromString("ROOT")
	if err != nil {
		return
	}
	store, err := syscall.CertOpenSystemStore(0, name)
	if err != nil {
		return
	}
	defer func() { _ = syscall.CertCloseStore(store, 0) }()
	var c *syscall.CertContext
	for {
		// It frees the one before and ends with an error.
		if c, err = syscall.CertEnumCertificatesInStore(store, c); err != nil || c == nil {
			return
		}
		b.addDER(bytes.Clone(unsafe.Slice(c.EncodedCert, c.Length)))
	}
}
