package flow

import (
	"encoding/hex"
	"strings"

	"pipwarden/scan/decode"
)

// textCodecs are the codecs that turn text into bytes and back without hiding
// it. Their names are compared without signs between the words.
var textCodecs = map[string]bool{
	"": true, "utf8": true, "utf": true, "u8": true, "ascii": true, "usascii": true, "latin1": true, "latin": true, "iso88591": true, "l1": true,
	"cp1252": true, "windows1252": true, "charmap": true, "utf8sig": true, "mbcs": true, "cp437": true, "cp1251": true, "idna": true,
	"gbk": true, "gb2312": true, "gb18030": true, "big5": true, "shiftjis": true, "oem": true, "cp850": true, "cp866": true, "koi8r": true,
}

func codecName(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// encodeText is s.encode(codec).
func encodeText(self *Value, a *arguments) *Value {
	codec, ok := a.text(0, "encoding")
	if !ok && !absent(a.at(0, "encoding")) {
		return carry(&Value{Kind: Bytes, Str: self.Str, Partial: true}, self)
	}
	return encoded(self, codec)
}

func encoded(self *Value, codec string) *Value {
	name := codecName(codec)
	switch {
	case name == "latin1" || name == "iso88591" || name == "latin" || name == "l1" || name == "cp1252":
		return carry(like(&Value{Kind: Bytes, Partial: self.Partial}, latin(self)), self)
	case textCodecs[name]:
		return carry(&Value{Kind: Bytes, Str: self.Str, Partial: self.Partial, Int: self.Int}, self)
	case self.Partial:
		return nil
	}
	return encodedBy(self, name)
}

// encodedBy is a codec that is not one of plain text.
func encodedBy(self *Value, name string) *Value {
	switch name {
	case "hex", "hexcodec":
		return carry(bytesOf(hex.EncodeToString([]byte(self.Str))), self)
	case "rot13", "rot":
		return decodedText(self, "rot13", Text)
	case "utf16le", "utf16be", "utf16", "utf32", "utf32le", "utf32be":
		return carry(bytesOf(wide(self.Str, name)), self)
	case "base64", "base64codec":
		return carry(bytesOf(base64Lines(self.Str)), self)
	case "unicodeescape", "rawunicodeescape", "stringescape":
		s, _ := repr(&Value{Kind: Text, Str: self.Str})
		return carry(bytesOf(s[1:len(s)-1]), self)
	}
	return nil
}

// latin writes the characters of a Text as bytes where they fit.
func latin(v *Value) string {
	if isASCII(v.Str) || v.Kind == Bytes {
		return v.Str
	}
	out := make([]byte, 0, len(v.Str))
	for at := 0; at < len(v.Str); {
		r, n := decodeRune(v.Str[at:])
		if r < 0x100 {
			out = append(out, byte(r))
		} else {
			out = append(out, v.Str[at:at+n]...)
		}
		at += n
	}
	return string(out)
}

// decodeText is b.decode(codec).
func decodeText(self *Value, a *arguments) *Value {
	codec, ok := a.text(0, "encoding")
	if !ok && !absent(a.at(0, "encoding")) {
		return nil
	}
	return decoded(self, codec)
}

func decoded(self *Value, codec string) *Value {
	name := codecName(codec)
	switch {
	case name == "latin1" || name == "iso88591" || name == "latin" || name == "l1":
		return carry(&Value{Kind: Text, Str: widened(self), Partial: self.Partial, Int: self.Int}, self)
	case textCodecs[name]:
		return carry(&Value{Kind: Text, Str: strings.TrimPrefix(self.Str, "\ufeff"), Partial: self.Partial, Int: self.Int}, self)
	case self.Partial:
		return nil
	}
	return decodedText(self, codec, Text)
}

// widened reads bytes as Latin-1.
func widened(v *Value) string {
	if isASCII(v.Str) || v.Kind == Text {
		return v.Str
	}
	var out strings.Builder
	for i := range len(v.Str) {
		out.WriteRune(rune(v.Str[i]))
	}
	return out.String()
}

// decodedText runs one of the decoders of package decode over a string. nil
// means that it is none of them or that the text is not of its form.
func decodedText(v *Value, name string, kind Kind) *Value {
	out, err := decode.Decode(name, []byte(v.Str), resultLimit)
	if err != nil && len(out) == 0 {
		return nil
	}
	return decodedBy(carry(&Value{Kind: kind, Str: string(out)}, v), codecLabel(name), decodedLabel)
}

// codecLabel is the name of a decoder in Made.
func codecLabel(name string) string {
	n := strings.TrimSuffix(strings.ToLower(name), "_codec")
	switch n {
	case "hex", "base16", "unhexlify", "fromhex":
		return "hex"
	case "rot-13", "rot_13":
		return "rot13"
	}
	return n
}

func hexText(self *Value, a *arguments) *Value {
	if self.Kind != Bytes {
		return nil
	}
	s := hex.EncodeToString([]byte(self.Str))
	separator, ok := a.text(0, "sep")
	if !ok || separator == "" || len(a.pos) > 1 {
		return carry(text(s), self)
	}
	var out strings.Builder
	for i := 0; i < len(s); i += 2 {
		if i > 0 {
			out.WriteString(separator)
		}
		out.WriteString(s[i : i+2])
	}
	return carry(text(out.String()), self)
}

// change puts s in place of what a bytearray held.
func change(self *Value, s string, from ...*Value) *Value {
	if self == &octets[0] || len(s) > resultLimit {
		return nil
	}
	c := carry(&Value{Kind: Bytes, Str: s, Partial: self.Partial, Labels: self.Labels, Made: self.Made, Int: self.Int}, from...)
	*self = *c
	return noneValue
}

// mutable says that a Bytes may be a bytearray: the shared values of single
// bytes are not.
func mutable(self *Value) bool {
	if self.Kind != Bytes {
		return false
	}
	return len(self.Str) != 1 || self != &octets[self.Str[0]]
}

func appendByte(self *Value, a *arguments) *Value {
	if !mutable(self) || len(a.pos) != 1 {
		return nil
	}
	n, ok := intOf(a.pos[0])
	if !ok {
		self.Partial = true
		return change(self, self.Str+hole, a.pos[0])
	}
	made := change(self, self.Str+string([]byte{byte(n)}), a.pos[0])
	*self = *computed(self, self.Int+1)
	return made
}

func extendBytes(self *Value, a *arguments) *Value {
	if !mutable(self) || len(a.pos) != 1 {
		return nil
	}
	if v := a.pos[0]; isString(v) {
		self.Partial = self.Partial || v.Partial
		return change(self, self.Str+v.Str, v)
	}
	v := bytesFrom(a.pos[0])
	if v == nil {
		self.Partial = true
		return change(self, self.Str+hole, a.pos[0])
	}
	n := v.Int + self.Int
	made := change(self, self.Str+v.Str, v)
	*self = *computed(self, n)
	return made
}

func insertByte(self *Value, a *arguments) *Value {
	i, ok := a.int(0, "", 0)
	n, also := intOf(a.at(1, ""))
	if !ok || !also || !mutable(self) || self.Partial {
		return nil
	}
	if i < 0 {
		i += len(self.Str)
	}
	i = min(max(i, 0), len(self.Str))
	return change(self, self.Str[:i]+string([]byte{byte(n)})+self.Str[i:], a.pos[1])
}

func popByte(self *Value, a *arguments) *Value {
	i, ok := a.int(0, "", -1)
	if i < 0 {
		i += len(self.Str)
	}
	if !ok || i < 0 || i >= len(self.Str) || !mutable(self) {
		return nil
	}
	c := self.Str[i]
	change(self, self.Str[:i]+self.Str[i+1:])
	return carry(integer(int64(c)), self)
}

func reverseBytes(self *Value, a *arguments) *Value {
	if !mutable(self) {
		return nil
	}
	b := make([]byte, len(self.Str))
	for i := range b {
		b[len(b)-1-i] = self.Str[i]
	}
	change(self, string(b))
	*self = *computed(self, int64(len(b)))
	return noneValue
}

func clearBytes(self *Value, a *arguments) *Value {
	if !mutable(self) {
		return nil
	}
	return change(self, "")
}

// copyBytes makes a value of its own, as bytearray(x) does.
func copyBytes(self *Value, a *arguments) *Value {
	c := *self
	return &c
}
