package archive

// Limits bounds what is read of an archive. Reaching one is a hazard with
// Unread set, never silence. A field that is zero or negative takes its
// value from DefaultLimits.
type Limits struct {
	// Members is how many members are walked.
	Members int
	// Directory is the size of a zip's central directory, or of all names of a
	// tar together, in bytes: it bounds the memory.
	Directory int64
	// Name is the length of a member's name, in bytes.
	Name int
	// Header is the size of a PAX or GNU extension header, in bytes.
	Header int64
	// Member is the unpacked size of one member, in bytes.
	Member int64
	// Total is the unpacked size of everything read, in bytes.
	Total int64
	// Ratio is how many times its packed size content may unpack to, once it
	// is larger than RatioFloor.
	Ratio int64
	// RatioFloor is the unpacked size up to which no ratio is checked, in bytes.
	RatioFloor int64
	// Window is the memory that a decompressor may claim for its dictionary,
	// in bytes.
	Window int64
	// Hazards is how many hazards are kept; the others become one.
	Hazards int
}

// DefaultLimits are the limits of a zero Options.
var DefaultLimits = Limits{
	Members:    100_000,  // their names and records stay below 40 MiB of memory
	Directory:  32 << 20, // 32 MiB: 100,000 members with names of 250 bytes
	Name:       4096,     // PATH_MAX on Linux
	Header:     1 << 20,  // 1 MiB, what archive/tar allows too
	Member:     8 << 30,  // 8 GiB: libraries for GPUs exceed 1 GiB
	Total:      16 << 30, // 16 GiB
	Ratio:      250,      // source packs 3 to 10 times, deflate can reach 1032
	RatioFloor: 32 << 20, // 32 MiB: a small file of zeros does no harm
	Window:     64 << 20, // 64 MiB: xz -9, the largest preset
	Hazards:    1000,     // a hostile archive must not fill the report
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	return Limits{
		Members:    positive(l.Members, d.Members),
		Directory:  positive(l.Directory, d.Directory),
		Name:       positive(l.Name, d.Name),
		Header:     positive(l.Header, d.Header),
		Member:     positive(l.Member, d.Member),
		Total:      positive(l.Total, d.Total),
		Ratio:      positive(l.Ratio, d.Ratio),
		RatioFloor: positive(l.RatioFloor, d.RatioFloor),
		Window:     positive(l.Window, d.Window),
		Hazards:    positive(l.Hazards, d.Hazards),
	}
}

func positive[T int | int64](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// spend counts n unpacked bytes against the total.
func (a *Archive) spend(n int, member string) error {
	a.unpacked += int64(n)
	if a.unpacked > a.limits.Total {
		return a.fail("limit-total", member, detailf("more than %d bytes unpacked", a.limits.Total))
	}
	return nil
}

// inflated reports whether packed bytes unpack to suspiciously many.
func (l Limits) inflated(unpacked, packed int64) bool {
	return unpacked > l.RatioFloor && unpacked/l.Ratio > packed
}
