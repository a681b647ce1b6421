package archive

// A HazardInfo documents one identifier of Hazard.ID.
type HazardInfo struct {
	ID string
	// Meaning says what the archive looks like.
	Meaning string
	// Readers says who reads it how: "pip" is pip with Python's zipfile and
	// tarfile, "Go" is archive/zip and archive/tar, "uv" is uv.
	Readers string
	// Source is where the right shape is defined or the wrong one described.
	Source string
	// Unread reports that the hazard always leaves bytes unread. Others do so
	// where what follows cannot be found.
	Unread bool
}

// Catalog lists every hazard, in the order of the package comment.
var Catalog = []HazardInfo{
	{ID: "format-unknown", Unread: true, Meaning: "no archive that can be told by its content", Readers: "all refuse, or unpack by the extension", Source: "pip's unpacking: zip, then tar"},
	{ID: "format-mismatch", Meaning: "the content is another format than the extension announces", Readers: "pip goes by the content where it can; uv and Go by the name", Source: "source distribution format; 474 malicious .tar.gz were zips"},
	{ID: "compressed-members", Meaning: "several compressed streams one after another", Readers: "pip and Go join them; uv reads the first or refuses", Source: "RFC 1952 section 2.2; .xz format section 2"},
	{ID: "compressed-trailing-bytes", Meaning: "bytes after the compressed stream", Readers: "pip never looks there, since the tar ended before; Go fails", Source: "RFC 1952 section 2.2"},
	{ID: "compressed-damaged", Unread: true, Meaning: "the compressed stream cannot be decoded to its end", Readers: "all fail, or keep what came before", Source: "RFC 1951, RFC 1952"},
	{ID: "xz-filter", Unread: true, Meaning: "an xz filter other than LZMA2", Readers: "pip decodes it", Source: ".xz format section 5.3"},

	{ID: "name-empty", Meaning: "a member without name", Readers: "pip writes to the target folder itself or fails", Source: "POSIX.1-2017 4.13"},
	{ID: "name-encoding", Meaning: "a name or a link's target that is not UTF-8", Readers: "pip escapes the bytes, others replace or refuse them", Source: "PEP 383"},
	{ID: "name-nul", Meaning: "a NUL in a zip's name", Readers: "Python cuts the name there; Go keeps it; uv refuses", Source: "CPython zipfile.ZipInfo"},
	{ID: "name-control", Meaning: "control characters in a name", Readers: "written as they are; terminals obey them", Source: "ECMA-48"},
	{ID: "name-backslash", Meaning: "a backslash in a name", Readers: "a folder on Windows, a character elsewhere; pip splits the top folder at it", Source: "APPNOTE 4.4.17.1"},
	{ID: "name-absolute", Meaning: "a name that begins with a slash", Readers: "stripped, refused, or written there", Source: "CVE-2007-4559"},
	{ID: "name-parent", Meaning: "a name with a part \"..\"", Readers: "refused, resolved, or written outside", Source: "CVE-2007-4559"},
	{ID: "name-drive", Meaning: "a name that begins with a drive letter", Readers: "another drive on Windows", Source: "APPNOTE 4.4.17.1"},
	{ID: "name-dot", Meaning: "a name with a part \".\" or an empty part", Readers: "the same file under two names; pip takes \".\" for the top folder", Source: "POSIX.1-2017 4.13"},
	{ID: "name-windows", Meaning: "parts that end in a dot or a blank, or hold a colon", Readers: "another file on Windows", Source: "Win32 naming conventions"},
	{ID: "duplicate", Meaning: "two members with one path", Readers: "pip keeps the last, others list both", Source: "CPython zipfile.NameToInfo"},
	{ID: "duplicate-case", Meaning: "two paths that differ in case, trailing dots or blanks", Readers: "one file on macOS and Windows, two on Linux", Source: "Unicode case folding"},
	{ID: "duplicate-unicode", Meaning: "two paths that differ in Unicode form", Readers: "one file on macOS, two elsewhere", Source: "Unicode Annex 15"},
	{ID: "duplicate-file-folder", Meaning: "a path that is a file and a folder", Readers: "depends on the order; most fail", Source: "POSIX.1-2017 4.13"},
	{ID: "top-folder", Meaning: "an sdist without one top folder", Readers: "pip takes the top folder away only if there is one; uv refuses", Source: "source distribution format"},
	{ID: "wheel-dist-info", Unread: true, Meaning: "a wheel with several .dist-info folders", Readers: "pip and uv refuse", Source: "binary distribution format"},

	{ID: "zip-directory", Unread: true, Meaning: "the central directory is missing, malformed or of another length than declared", Readers: "Python walks its size, Go its count", Source: "APPNOTE 4.3.12, 4.3.16"},
	{ID: "zip-comment", Meaning: "a comment after the end record", Readers: "a zip inside is the archive to Python and not to Go", Source: "APPNOTE 4.4.26"},
	{ID: "zip-trailing-bytes", Meaning: "bytes after the end record that are not its comment", Readers: "Python looks for the last signature; uv refuses", Source: "APPNOTE 4.3.16"},
	{ID: "zip-prefix", Meaning: "bytes before the archive", Readers: "Python and Go shift the offsets; uv refuses", Source: "APPNOTE 4.1.9"},
	{ID: "zip-concatenated", Meaning: "another zip before the archive", Readers: "Go may read the first, Python the last; uv refuses", Source: "APPNOTE 4.3.6"},
	{ID: "zip-hidden-bytes", Meaning: "bytes that belong to no member", Readers: "readers that scan for local headers see members there", Source: "APPNOTE 4.3.6"},
	{ID: "zip-overlap", Meaning: "members that share bytes", Readers: "a bomb, or two readings of one byte; newer Python refuses", Source: "CVE-2024-0450"},
	{ID: "zip-multi-disk", Meaning: "an archive split over disks", Readers: "Python ignores or refuses it", Source: "APPNOTE 4.3.3"},
	{ID: "zip-zip64", Meaning: "zip64 records or sizes that are missing or contradict the others", Readers: "Python takes the record right before the locator, Go the one that the locator names", Source: "APPNOTE 4.3.14, 4.3.15, 4.5.3"},
	{ID: "zip-local-header", Meaning: "a local header that differs from the central one", Readers: "streaming readers take the local one; Python and uv refuse other names", Source: "APPNOTE 4.3.7"},
	{ID: "zip-descriptor", Meaning: "a data descriptor that is missing or contradicts the directory", Readers: "streaming readers take the descriptor", Source: "APPNOTE 4.3.9"},
	{ID: "zip-extra", Meaning: "malformed extra fields", Readers: "Python refuses, Go ignores them", Source: "APPNOTE 4.5.1"},
	{ID: "zip-name-encoding", Meaning: "a name beyond ASCII without the UTF-8 flag", Readers: "code page 437 to Python, UTF-8 to uv and Go", Source: "APPNOTE appendix D"},
	{ID: "zip-unicode-path", Meaning: "a Unicode path field (0x7075) with another name", Readers: "Python 3.13 renames the member by it, older ones do not", Source: "APPNOTE 4.6.9"},
	{ID: "zip-method", Meaning: "a compression method other than stored and deflate", Readers: "Python decodes bzip2, LZMA and, since 3.14, zstd; uv and Go refuse", Source: "APPNOTE 4.4.5"},
	{ID: "zip-method-unread", Unread: true, Meaning: "a compression method that is not decoded here", Readers: "Python refuses most of them", Source: "APPNOTE 4.4.5"},
	{ID: "zip-flags", Meaning: "general purpose flags beyond those of plain archives", Readers: "ignored or refused", Source: "APPNOTE 4.4.4"},
	{ID: "zip-encrypted", Unread: true, Meaning: "an encrypted member", Readers: "all refuse without the password", Source: "APPNOTE 4.4.4"},
	{ID: "zip-symlink", Meaning: "a symbolic link by its external attributes", Readers: "pip writes a file that holds the target's name; others make a link", Source: "APPNOTE 4.4.15"},
	{ID: "zip-special", Meaning: "external attributes of a device or of a folder on a file", Readers: "pip writes a file", Source: "APPNOTE 4.4.15"},
	{ID: "zip-folder-content", Meaning: "a folder with content", Readers: "skipped by all that go by the slash", Source: "APPNOTE 4.3.8"},
	{ID: "zip-size", Unread: true, Meaning: "content longer or shorter than declared", Readers: "Python stops at the declared size", Source: "APPNOTE 4.4.9"},
	{ID: "zip-crc", Unread: true, Meaning: "content that its CRC does not confirm", Readers: "Python and Go fail at the end, after the bytes were written", Source: "APPNOTE 4.4.7"},
	{ID: "zip-damaged", Unread: true, Meaning: "content that cannot be decoded", Readers: "all fail", Source: "RFC 1951"},

	{ID: "tar-zip-tail", Meaning: "a tar at whose end a zip's end record lies", Readers: "pip 25.3 and older unpack the zip, others the tar", Source: "CVE-2026-3219"},
	{ID: "tar-global-pax", Meaning: "a global header with path, linkpath, size or sparse records", Readers: "Python applies it to every member; Go does not; uv refuses", Source: "POSIX.1-2017 pax"},
	{ID: "tar-sparse", Meaning: "a sparse file, or a name by GNU.sparse.name", Readers: "Python renames and expands; uv refuses", Source: "GNU tar manual, Sparse Formats"},
	{ID: "tar-contiguous", Meaning: "type 7, a contiguous file", Readers: "a regular file to Python, something else to Go", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-vendor-type", Meaning: "a type that POSIX does not define", Readers: "a regular file to Python, skipped or refused by others", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-special", Meaning: "a device or a FIFO", Readers: "pip refuses or skips it", Source: "PEP 706"},
	{ID: "tar-folder-type", Meaning: "a file whose name ends in a slash", Readers: "a folder to Go, depending on the type flag to Python", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-number", Meaning: "a number that is neither plain octal nor valid base-256, or a PAX size that is no number", Readers: "Python stops or reads another number than Go", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-checksum", Unread: true, Meaning: "a header with a wrong checksum or unreadable numbers", Readers: "Python stops there without an error, Go fails", Source: "CPython tarfile.TarFile.next"},
	{ID: "tar-name-nul", Meaning: "text after the NUL of a name", Readers: "ignored by all that stop at the NUL", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-prefix", Meaning: "a prefix in a header that is not POSIX ustar", Readers: "Python puts it before the name, Go does not", Source: "CPython tarfile.TarInfo.frombuf"},
	{ID: "tar-header", Meaning: "an unknown magic, or bytes behind the fields of a ustar header", Readers: "other formats to Go, nothing to Python", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-pax-syntax", Meaning: "PAX records that are malformed, or that repeat, blank or cut a deciding key", Readers: "Python reads what it can, Go fails", Source: "POSIX.1-2017 pax"},
	{ID: "tar-pax-charset", Meaning: "a character set for PAX names", Readers: "Python decodes the names by it, others ignore it", Source: "POSIX.1-2017 pax"},
	{ID: "tar-pax-size", Meaning: "a PAX size other than the header's", Readers: "readers differ in where the next header is", Source: "CVE-2025-62518"},
	{ID: "tar-extension-order", Meaning: "several extension headers that compete for one member", Readers: "Python applies the outermost last, Go the GNU name", Source: "CPython tarfile.TarInfo._proc_pax"},
	{ID: "tar-link-size", Meaning: "a size for a link, a folder or a device", Readers: "Python and Go skip nothing, others skip that many bytes", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-trailing-data", Meaning: "data after the first zero block, or a length that is no multiple of 512", Readers: "Python stops at one zero block, Go at two", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-missing-end", Meaning: "fewer than two zero blocks at the end", Readers: "accepted or an error", Source: "POSIX.1-2017 ustar"},
	{ID: "tar-truncated", Unread: true, Meaning: "the tar ends inside a member or a header", Readers: "Python may stop without an error", Source: "POSIX.1-2017 ustar"},

	{ID: "link-outside", Meaning: "a link that leaves the archive's top folder, also through other links", Readers: "pip refuses since PEP 706, older ones write it", Source: "PEP 706"},
	{ID: "link-dangling", Meaning: "a link whose target is not in the archive", Readers: "pip writes it, warns or fails", Source: "PEP 706"},
	{ID: "link-loop", Meaning: "links that lead in a circle", Readers: "unreadable for all", Source: "POSIX.1-2017 ELOOP"},
	{ID: "link-target", Meaning: "an empty target, or one with a NUL or a backslash", Readers: "depends on the system", Source: "POSIX.1-2017 4.13"},
	{ID: "link-over-member", Meaning: "a link and another member with one path", Readers: "pip writes through the link, uv refuses", Source: "CVE-2025-4517"},
	{ID: "link-through", Meaning: "a member whose path runs through a link", Readers: "pip writes elsewhere, uv refuses", Source: "CVE-2025-4517"},
	{ID: "link-executed", Meaning: "setup.py, setup.cfg or pyproject.toml at the top is a link", Readers: "pip and uv execute the target; a scanner of files sees a link", Source: "PEP 517"},
	{ID: "link-disguised", Meaning: "a link with an extension of code to a file without it", Readers: "imported as code; a scanner by extension skips the target", Source: "PEP 302"},

	{ID: "limit-members", Unread: true, Meaning: "more members than Limits.Members", Readers: "all unpack them", Source: "Limits"},
	{ID: "limit-directory", Unread: true, Meaning: "more bytes of names than Limits.Directory", Readers: "all read them", Source: "Limits"},
	{ID: "limit-name", Unread: true, Meaning: "a name longer than Limits.Name", Readers: "refused by the file system", Source: "Limits"},
	{ID: "limit-header", Unread: true, Meaning: "an extension header larger than Limits.Header", Readers: "Python reads it", Source: "Limits"},
	{ID: "limit-member", Unread: true, Meaning: "a content larger than Limits.Member", Readers: "all unpack it", Source: "Limits"},
	{ID: "limit-total", Unread: true, Meaning: "more content than Limits.Total", Readers: "all unpack it", Source: "Limits"},
	{ID: "limit-ratio", Unread: true, Meaning: "content that unpacks to more than Limits.Ratio times its size", Readers: "all unpack it", Source: "Limits"},
	{ID: "limit-window", Unread: true, Meaning: "a dictionary larger than Limits.Window", Readers: "all allocate it", Source: "Limits"},
	{ID: "limit-links", Unread: true, Meaning: "links through too many folders to follow", Readers: "the system follows 40 at a time", Source: "POSIX.1-2017 SYMLOOP_MAX"},
	{ID: "limit-hazards", Unread: true, Meaning: "more hazards than Limits.Hazards", Readers: "not seen by installers", Source: "Limits"},
}
