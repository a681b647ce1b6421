package decode

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/rc4"
	"encoding/binary"
	"math/bits"
)

// Xor combines data with a key that repeats; an empty key changes nothing.
func Xor(data, key []byte) []byte {
	out := make([]byte, len(data))
	copy(out, data)
	if len(key) == 0 {
		return out
	}
	for i, k := 0, 0; i < len(out); i++ {
		out[i] ^= key[k]
		if k++; k == len(key) {
			k = 0
		}
	}
	return out
}

// A Cipher decrypts with a block cipher in the modes that Python's cryptography
// libraries offer. It is a value: Decrypt changes nothing of it.
type Cipher struct {
	// Algorithm is "aes", "des" or "3des"; "" = "aes".
	Algorithm string
	// Mode is "ecb", "cbc", "ctr", "cfb", "cfb8", "ofb" or "gcm".
	Mode string
	Key  []byte
	// IV is the initialisation vector, the nonce, or the initial counter block
	// of CTR; a shorter one of CTR is a nonce before a counter from 0.
	IV []byte
	// Unpad takes PKCS #7 padding off where it is well-formed.
	Unpad bool
	// Tag is the length in bytes of what follows the text of GCM; tags are cut
	// off and not compared, for the text is to be seen also when it was changed.
	Tag int
	// Limit is the most input in bytes, 0 = [DefaultLimit].
	Limit int
}

// Decrypt returns the plain text, as long as data or a padding shorter. Keys and
// vectors of a wrong length, and whole-block modes over broken blocks, are an
// [Error] of [ErrMalformed]; a longer input than the limit is one of [ErrLimit].
func (c Cipher) Decrypt(data []byte) ([]byte, error) {
	out, err := c.decrypt(data)
	if err != nil {
		return nil, &Error{c.Mode, err}
	}
	if c.Unpad {
		out = unpad(out)
	}
	return out, nil
}

func (c Cipher) decrypt(data []byte) ([]byte, error) {
	limit := c.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	if len(data) > limit {
		return nil, ErrLimit
	}
	block, err := c.block()
	if err != nil {
		return nil, err
	}
	return c.run(block, data)
}

func (c Cipher) block() (block cipher.Block, err error) {
	switch c.Algorithm {
	case "", "aes":
		block, err = aes.NewCipher(c.Key)
	case "des":
		block, err = des.NewCipher(c.Key)
	case "3des":
		key := c.Key
		if len(key) == 16 { // two keys, the first used again
			key = append(key[:16:16], key[:8]...)
		}
		block, err = des.NewTripleDESCipher(key)
	default:
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, malformed("%v", err)
	}
	return block, nil
}

func (c Cipher) run(block cipher.Block, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if (c.Mode == "ecb" || c.Mode == "cbc") && len(data)%size != 0 {
		return nil, malformed("%d bytes are no whole blocks", len(data))
	}
	if c.Mode != "ecb" && c.Mode != "gcm" && c.Mode != "ctr" && len(c.IV) != size {
		return nil, malformed("an initialisation vector of %d bytes", len(c.IV))
	}
	out := make([]byte, len(data))
	switch c.Mode {
	case "ecb":
		for i := 0; i < len(data); i += size {
			block.Decrypt(out[i:], data[i:])
		}
	case "cbc":
		cipher.NewCBCDecrypter(block, c.IV).CryptBlocks(out, data)
	case "ctr":
		if len(c.IV) > size {
			return nil, malformed("a counter block of %d bytes", len(c.IV))
		}
		iv := make([]byte, size)
		copy(iv, c.IV)
		cipher.NewCTR(block, iv).XORKeyStream(out, data)
	case "cfb", "cfb8", "ofb":
		feedback(block, c.Mode, c.IV, out, data)
	case "gcm":
		return c.gcm(block, data)
	default:
		return nil, ErrUnknown
	}
	return out, nil
}

// feedback runs the modes that encrypt what came before.
func feedback(block cipher.Block, mode string, iv, out, data []byte) {
	size := block.BlockSize()
	state, key := append([]byte(nil), iv...), make([]byte, size)
	step := size
	if mode == "cfb8" {
		step = 1
	}
	for i := 0; i < len(data); i += step {
		block.Encrypt(key, state)
		n := min(step, len(data)-i)
		for j := range n {
			out[i+j] = data[i+j] ^ key[j]
		}
		next := data[i : i+n]
		if mode == "ofb" {
			next = key
		}
		state = append(state[min(len(next), size):], next...)
	}
}

// gcm derives the key stream by sealing zeros, so that a nonce of any length
// works and no tag has to fit.
func (c Cipher) gcm(block cipher.Block, data []byte) ([]byte, error) {
	if c.Tag < 0 || c.Tag > len(data) || len(c.IV) == 0 {
		return nil, malformed("shorter than its tag, or no nonce")
	}
	mode, err := cipher.NewGCMWithNonceSize(block, len(c.IV))
	if err != nil {
		return nil, malformed("%v", err)
	}
	data = data[:len(data)-c.Tag]
	stream := mode.Seal(nil, c.IV, make([]byte, len(data)), nil)
	return Xor(data, stream[:len(data)]), nil
}

// unpad takes PKCS #7 padding off; what is no padding stays.
func unpad(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	n := int(b[len(b)-1])
	if n == 0 || n > 32 || n > len(b) {
		return b
	}
	for _, c := range b[len(b)-n:] {
		if int(c) != n {
			return b
		}
	}
	return b[:len(b)-n]
}

// RC4 decrypts ARC4. Keys have 1 to 256 bytes.
func RC4(key, data []byte) ([]byte, error) {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil, &Error{"rc4", malformed("%v", err)}
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out, nil
}

// ChaCha20 decrypts RFC 8439 from a block counter on: the key has 32 bytes, the
// nonce 12, or 8 as in the original cipher. A nonce of 16 bytes begins with the
// counter, as Python's cryptography has it. The AEAD's text begins at counter 1.
func ChaCha20(key, nonce []byte, counter uint32, data []byte) ([]byte, error) {
	if len(key) != 32 || len(nonce) != 8 && len(nonce) != 12 && len(nonce) != 16 {
		return nil, &Error{"chacha20", malformed("a key of %d and a nonce of %d bytes", len(key), len(nonce))}
	}
	state := [16]uint32{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}
	for i := range 8 {
		state[4+i] = binary.LittleEndian.Uint32(key[4*i:])
	}
	for i := range len(nonce) / 4 {
		state[16-len(nonce)/4+i] = binary.LittleEndian.Uint32(nonce[4*i:])
	}
	state[12] += counter
	out := make([]byte, len(data))
	var stream [64]byte
	for i := range data {
		if i%64 == 0 {
			chachaBlock(&state, &stream)
			state[12]++
		}
		out[i] = data[i] ^ stream[i%64]
	}
	return out, nil
}

func chachaBlock(state *[16]uint32, stream *[64]byte) {
	x := *state
	for range 10 {
		for i := range 4 { // columns
			quarter(&x, i, 4+i, 8+i, 12+i)
		}
		for i := range 4 { // diagonals
			quarter(&x, i, 4+(i+1)%4, 8+(i+2)%4, 12+(i+3)%4)
		}
	}
	for i := range x {
		binary.LittleEndian.PutUint32(stream[4*i:], x[i]+state[i])
	}
}

func quarter(x *[16]uint32, a, b, c, d int) {
	x[a] += x[b]
	x[d] = bits.RotateLeft32(x[d]^x[a], 16)
	x[c] += x[d]
	x[b] = bits.RotateLeft32(x[b]^x[c], 12)
	x[a] += x[b]
	x[d] = bits.RotateLeft32(x[d]^x[a], 8)
	x[c] += x[d]
	x[b] = bits.RotateLeft32(x[b]^x[c], 7)
}
