package flow

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strings"

	"pipwarden/scan/decode"
)

// cipherFuncs make the objects of ciphers and digests, whose methods work on
// what was given here.
func cipherFuncs() map[string]libraryFunc {
	out := map[string]libraryFunc{
		"cryptography.fernet.Fernet": keeping,
		"Crypto.Util.Padding.unpad":  unpadded,
		"Crypto.Cipher.ARC4.new":     keeping, "Crypto.Cipher.AES.new": keeping, "Crypto.Cipher.DES.new": keeping, "Crypto.Cipher.DES3.new": keeping,
		"hashlib.new": newDigest,
		"cryptography.hazmat.primitives.ciphers.Cipher": keeping,
	}
	for name := range digests {
		out["hashlib."+name] = digestOf
	}
	for _, name := range []string{"algorithms.AES", "algorithms.ARC4", "algorithms.TripleDES", "modes.CBC", "modes.ECB", "modes.CTR", "modes.GCM", "modes.CFB", "modes.CFB8", "modes.OFB"} {
		out["cryptography.hazmat.primitives.ciphers."+name] = keeping
	}
	return out
}

// keeping makes a Ref that keeps all its arguments: a Tuple as its Self; named
// ones in its Attrs.
func keeping(a *arguments) *Value {
	v := &Value{Kind: Ref, Str: a.name + "()", Self: tuple(a.pos), Attrs: map[string]*Value{}}
	for _, k := range a.kw {
		v.Attrs[k.Name] = k.Value
	}
	return carryShallow(v, a.unknown().Labels)
}

// given returns what an object was made with.
func given(v *Value, i int, name string) *Value {
	if v == nil || v.Kind != Ref || v.Self == nil || v.Self.Kind != Tuple {
		return nil
	}
	if i < len(v.Self.Items) {
		return v.Self.Items[i]
	}
	return v.Attrs[name]
}

// objectMethods are those of objects of the library that keep what they were
// made with.
func objectMethods() map[string]methodFunc {
	out := map[string]methodFunc{}
	for name, f := range pathMethods() {
		out[pathName+"."+name] = f
	}
	for name, f := range patternMethods() {
		out["re.compile()."+name] = f
	}
	out["cryptography.fernet.Fernet().decrypt"] = fernetDecrypt
	for _, name := range []string{"AES", "DES", "DES3", "ARC4"} {
		out["Crypto.Cipher."+name+".new().decrypt"] = blockDecrypt
		out["Crypto.Cipher."+name+".new().decrypt_and_verify"] = blockDecrypt
	}
	const hazmat = "cryptography.hazmat.primitives.ciphers.Cipher()"
	out[hazmat+".decryptor"] = func(self *Value, a *arguments) *Value {
		return &Value{Kind: Ref, Str: hazmat + ".decryptor()", Self: self.Self, Attrs: self.Attrs, Labels: self.Labels}
	}
	out[hazmat+".decryptor().update"] = hazmatDecrypt
	out[hazmat+".decryptor().finalize"] = func(self *Value, a *arguments) *Value { return bytesOf("") }
	for name := range digests {
		out["hashlib."+name+"().digest"] = digestBytes
		out["hashlib."+name+"().hexdigest"] = digestHex
		out["hashlib."+name+"().update"] = digestUpdate
	}
	for _, name := range []string{"io.BytesIO()", "io.StringIO()", "StringIO.StringIO()", "cStringIO.StringIO()"} {
		out[name+".read"], out[name+".getvalue"], out[name+".write"] = content, content, fill
	}
	return out
}

// fill is write of a file in memory, in place.
func fill(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 || self.Self == nil {
		return nil
	}
	old, v := self.Self, a.pos[0]
	if isString(old) && v.Kind == old.Kind && !old.Partial && !v.Partial && len(old.Str)+len(v.Str) <= resultLimit {
		self.Self = carry(sameKind(old, old.Str+v.Str), old, v)
	} else {
		self.Self = unknown(old, v)
	}
	self.Labels |= labelsOf(v)
	return nothing
}

func content(self *Value, a *arguments) *Value {
	if self.Self == nil || len(a.pos) > 0 || !isString(self.Self) {
		return nil
	}
	return carryShallow(self.Self, self.Labels)
}

// decrypted is what a cipher returns: the text, or Unknown that tells how.
func decrypted(out []byte, err error, how string, from ...*Value) *Value {
	v := unknown(from...)
	if err == nil && len(out) <= resultLimit {
		v = carry(&Value{Kind: Bytes, Str: string(out)}, from...)
	}
	return decodedBy(v, how, decryptedLabel)
}

func fernetDecrypt(self *Value, a *arguments) *Value {
	key, ok := knownText(given(self, 0, "key"))
	token, also := a.text(0, "token")
	if !ok || !also {
		return decrypted(nil, decode.ErrUnknown, "fernet", self, a.at(0, "token"))
	}
	out, err := decode.Fernet([]byte(key), []byte(token), resultLimit)
	return decrypted(out, err, "fernet", self, a.at(0, "token"))
}

// modes are the modes of Crypto.Cipher by their constants' names and numbers.
var modes = map[string]string{
	"ECB": "ecb", "CBC": "cbc", "CFB": "cfb8", "OFB": "ofb", "CTR": "ctr", "GCM": "gcm", "1": "ecb", "2": "cbc", "3": "cfb8", "5": "ofb", "6": "ctr", "11": "gcm",
}

// blockDecrypt is X.new(key, mode, iv).decrypt(data).
func blockDecrypt(self *Value, a *arguments) *Value {
	algorithm := strings.TrimSuffix(strings.TrimPrefix(self.Str, "Crypto.Cipher."), ".new()")
	how := strings.ToLower(algorithm)
	data := a.at(0, "ciphertext")
	text, ok := knownText(data)
	key, also := knownText(given(self, 0, "key"))
	if !ok || !also {
		return decrypted(nil, decode.ErrUnknown, how, self, data)
	}
	if algorithm == "ARC4" {
		out, err := decode.RC4([]byte(key), []byte(text))
		return decrypted(out, err, "rc4", self, data)
	}
	c := decode.Cipher{Algorithm: map[string]string{"AES": "aes", "DES": "des", "DES3": "3des"}[algorithm], Key: []byte(key), Limit: resultLimit}
	c.Mode = modes[modeName(given(self, 1, "mode"))]
	c.IV = []byte(firstKnown(given(self, 2, "iv"), self.Attrs["IV"], self.Attrs["nonce"]))
	if c.Mode == "" {
		return decrypted(nil, decode.ErrUnknown, how, self, data)
	}
	out, err := c.Decrypt([]byte(text))
	return decrypted(out, err, how, self, data)
}

func modeName(v *Value) string {
	if v == nil {
		return ""
	}
	if v.Kind == Ref {
		return v.Str[strings.LastIndexByte(v.Str, '_')+1:]
	}
	s, _ := decimal(v)
	return s
}

func firstKnown(list ...*Value) string {
	for _, v := range list {
		if s, ok := knownText(v); ok {
			return s
		}
	}
	return ""
}

// hazmatDecrypt is Cipher(algorithm, mode).decryptor().update(data).
func hazmatDecrypt(self *Value, a *arguments) *Value {
	algorithm, mode := given(self, 0, "algorithm"), given(self, 1, "mode")
	data := a.at(0, "data")
	text, ok := knownText(data)
	key, also := knownText(given(algorithm, 0, "key"))
	if !ok || !also {
		return decrypted(nil, decode.ErrUnknown, "aes", self, data)
	}
	name := lastName(algorithm)
	if name == "ARC4" {
		out, err := decode.RC4([]byte(key), []byte(text))
		return decrypted(out, err, "rc4", self, data)
	}
	c := decode.Cipher{Algorithm: map[string]string{"TripleDES": "3des"}[name], Key: []byte(key), Limit: resultLimit}
	c.Mode = strings.ToLower(lastName(mode))
	c.IV = []byte(firstKnown(given(mode, 0, "initialization_vector"), given(mode, 0, "nonce")))
	out, err := c.Decrypt([]byte(text))
	return decrypted(out, err, "aes", self, data)
}

// lastName is the last word of a Ref's name, without the brackets.
func lastName(v *Value) string {
	if v == nil || v.Kind != Ref {
		return ""
	}
	name := strings.TrimSuffix(v.Str, "()")
	return name[strings.LastIndexByte(name, '.')+1:]
}

// unpadded takes PKCS #7 padding off.
func unpadded(a *arguments) *Value {
	s, ok := a.text(0, "padded_data")
	if !ok || s == "" {
		return nil
	}
	n := int(s[len(s)-1])
	if n == 0 || n > len(s) {
		return nil
	}
	return a.carry(bytesOf(s[:len(s)-n]))
}

// digests are the digests that keys are made with.
var digests = map[string]func([]byte) []byte{
	"md5":    func(b []byte) []byte { d := md5.Sum(b); return d[:] },
	"sha1":   func(b []byte) []byte { d := sha1.Sum(b); return d[:] },
	"sha224": func(b []byte) []byte { d := sha256.Sum224(b); return d[:] },
	"sha256": func(b []byte) []byte { d := sha256.Sum256(b); return d[:] },
	"sha384": func(b []byte) []byte { d := sha512.Sum384(b); return d[:] },
	"sha512": func(b []byte) []byte { d := sha512.Sum512(b); return d[:] },
}

// digestOf makes a digest object; what it digests is its Self.
func digestOf(a *arguments) *Value {
	v := a.at(0, "string")
	if v == nil {
		v = &Value{Kind: Bytes}
	}
	return &Value{Kind: Ref, Str: a.name + "()", Self: v, Labels: labelsOf(v)}
}

func newDigest(a *arguments) *Value {
	name, ok := a.text(0, "name")
	name = strings.ToLower(name)
	if !ok || digests[name] == nil {
		return nil
	}
	v := a.at(1, "data")
	if v == nil {
		v = &Value{Kind: Bytes}
	}
	return &Value{Kind: Ref, Str: "hashlib." + name + "()", Self: v, Labels: labelsOf(v)}
}

func digestUpdate(self *Value, a *arguments) *Value {
	if len(a.pos) != 1 || self.Self == nil {
		return nil
	}
	if isString(a.pos[0]) && isString(self.Self) {
		self.Self = concat(self.Self, a.pos[0])
	} else {
		self.Self = unknown(self.Self, a.pos[0])
	}
	self.Labels |= self.Self.Labels
	return noneValue
}

func digestBytes(self *Value, a *arguments) *Value {
	s, ok := knownText(self.Self)
	name := strings.TrimSuffix(strings.TrimPrefix(self.Str, "hashlib."), "()")
	if f := digests[name]; ok && f != nil {
		return carry(bytesOf(string(f([]byte(s)))), self)
	}
	return nil
}

func digestHex(self *Value, a *arguments) *Value {
	v := digestBytes(self, a)
	if v == nil {
		return nil
	}
	return carry(text(hex.EncodeToString([]byte(v.Str))), v)
}
