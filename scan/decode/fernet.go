package decode

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Parts of a Fernet token (github.com/fernet/spec): version, time, vector, text,
// code of authentication.
const (
	fernetVersion = 0x80
	fernetHead    = 1 + 8 + 16
	fernetMAC     = 32
	fernetKey     = 32 // 16 to sign, 16 to encrypt
)

// Fernet decrypts a token with a key, both in URL-safe base64, as
// Fernet(key).decrypt(token) does. The time is not looked at. A token that
// another key made is an [Error] of [ErrMalformed], a longer one than limit bytes
// ([DefaultLimit] when not positive) one of [ErrLimit].
func Fernet(key, token []byte, limit int) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultLimit
	}
	out, err := fernet(key, token, limit)
	if err != nil {
		return nil, &Error{"fernet", err}
	}
	return out, nil
}

func fernet(key, token []byte, limit int) ([]byte, error) {
	if len(token) > limit/3*4+200 {
		return nil, ErrLimit
	}
	k, err := base64URL(key, 0)
	if err != nil || len(k) != fernetKey {
		return nil, malformed("a key of %d bytes", len(k))
	}
	t, err := base64URL(token, 0)
	if err != nil || len(t) < fernetHead+fernetMAC || t[0] != fernetVersion {
		return nil, malformed("no token")
	}
	body := t[:len(t)-fernetMAC]
	mac := hmac.New(sha256.New, k[:16])
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), t[len(body):]) {
		return nil, malformed("a token of another key")
	}
	return Cipher{Mode: "cbc", Key: k[16:], IV: body[9:fernetHead], Unpad: true, Limit: limit + 16}.decryptPadded(body[fernetHead:])
}

func (c Cipher) decryptPadded(data []byte) ([]byte, error) {
	out, err := c.decrypt(data)
	return unpad(out), err
}
