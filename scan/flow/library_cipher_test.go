package flow

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
)

// padded is PKCS #7 padding.
func padded(s string) []byte {
	n := aes.BlockSize - len(s)%aes.BlockSize
	return append([]byte(s), bytes.Repeat([]byte{byte(n)}, n)...)
}

func cbc(key, iv []byte, s string) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	out := padded(s)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
	return out
}

func fernetToken(key []byte, s string) string {
	iv := bytes.Repeat([]byte{7}, 16)
	token := append([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 1}, iv...)
	token = append(token, cbc(key[16:], iv, s)...)
	mac := hmac.New(sha256.New, key[:16])
	mac.Write(token)
	return base64.URLEncoding.EncodeToString(mac.Sum(token))
}

func TestCiphers(t *testing.T) {
	key, iv := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	fernetKey := []byte("0123456789abcdef0123456789ABCDEF")
	digest := sha256.Sum256([]byte("word"))
	names := map[string]*Value{
		"data":   bytesOf(string(cbc(key, iv, "import this"))),
		"hashed": bytesOf(string(cbc(digest[:], iv, "import this"))),
		"token":  bytesOf(fernetToken(fernetKey, "import this")),
		"fkey":   bytesOf(base64.URLEncoding.EncodeToString(fernetKey)),
		"key":    bytesOf(string(key)), "iv": bytesOf(string(iv)),
	}
	const plain = `b'import this`
	for _, tt := range []struct{ source, want string }{
		{"cryptography.fernet.Fernet(fkey).decrypt(token)", plain + `' {decoded,decrypted} <fernet>`},
		{"cryptography.fernet.Fernet(fkey.decode()).decrypt(token.decode())", plain + `' {decoded,decrypted} <fernet>`},
		{"Crypto.Util.Padding.unpad(Crypto.Cipher.AES.new(key, Crypto.Cipher.AES.MODE_CBC, iv).decrypt(data), 16)", plain + `' {decoded,decrypted} <aes>`},
		{"Crypto.Cipher.AES.new(key=key, mode=2, iv=iv).decrypt(data)", plain + `\x05\x05\x05\x05\x05' {decoded,decrypted} <aes>`},
		{"Crypto.Cipher.AES.new(hashlib.sha256(b'word').digest(), 2, iv).decrypt(hashed)[:11]", plain + `' {decoded,decrypted} <aes>`},
		{"cryptography.hazmat.primitives.ciphers.Cipher(cryptography.hazmat.primitives.ciphers.algorithms.AES(key), cryptography.hazmat.primitives.ciphers.modes.CBC(iv)).decryptor().update(data)",
			plain + `\x05\x05\x05\x05\x05' {decoded,decrypted} <aes>`},
		{"Crypto.Cipher.ARC4.new(b'Key').decrypt(bytes.fromhex('bbf316e8d940af0ad3'))", `b'Plaintext' {decoded,decrypted} <hex rc4>`},
	} {
		if got := describe(evaluateWith(tt.source, names)); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.source, got, tt.want)
		}
	}
	if got := fmt.Sprint(describe(evaluateWith("Crypto.Cipher.AES.new(key, 2, iv).decrypt(data[1:])", names))); got != "... {decoded,decrypted} <aes>" {
		t.Errorf("a broken block decrypts to %s", got)
	}
}
