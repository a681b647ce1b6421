package pypi

// VerifiableHashes are the algorithms of announced digests that are both strong
// and computed when a file is stored: one of them is enough to know that a file
// is the announced one. MD5 and SHA-1 are computed too, but collide at will; a
// BLAKE2 digest is passed on unread, so it proves nothing here.
var VerifiableHashes = [...]string{
	"sha256", "sha512", "sha384", "sha224", "sha3_256", "sha3_512", "sha3_384", "sha3_224",
}
