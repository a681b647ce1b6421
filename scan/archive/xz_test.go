package archive_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A tar of p/a.py and p/b.py as liblzma packs it: in several blocks with their
// sizes in the headers and SHA-256 after each, and in one block without check.
const (
	xzBlocks = "fd377a585a00000ae1fb0ca103c056d00f2101080000000039372946e007cf004e5d00380bc8230dc745bbae5c2cccd8754b" +
		"8768add9874335962e5bbd4ae4f327f4d8bca4f8a7345a303589ff85a7698d579a309465e83c6923e8a507c12755f718236a" +
		"ef87d22e9ea2e6163109dc400000000026c7a16d965ab47a509bd6bbce47953fd39d3e9c2d32be2ba05516bb22fa516c03c0" +
		"19d00f21010800000000146b9829e007cf00115d00316ffbbffea3b15ee5f83fb2a81ceb320000000000d4c6e5ac27e3c25d" +
		"d200c9efbb07e9018132f434883fa5b700ce00f41363be5b03c01bd00f2101080000000029bb6d2de007cf00135d00316ffb" +
		"bf8b572bf83c4dac8790001b9a394000000062f3b38375fd02e299fa171bc0e8f181e1e8b68a7a65923d737d2e3ca337af7f" +
		"03c019d00f21010800000000146b9829e007cf00115d00006ffdffffa3b7ff473e48157030006800000000002da42fb1d7bd" +
		"8524e83d5a1e332bad697c8769ba430770a19bec630eb8ffcaa803c019d00f21010800000000146b9829e007cf00115d0000" +
		"6ffdffffa3b7ff473e48157030006800000000002da42fb1d7bd8524e83d5a1e332bad697c8769ba430770a19bec630eb8ff" +
		"caa803c00ef001210108000000001461917be000ef00065d00006fb84118000000002dfba633817046c7f559ed4b93076048" +
		"435f7e1a90f14eb8035c04b9ebae253700068601d00f49d00f4bd00f49d00f49d00f3ef0010000005e3567a5a0ab4e870600" +
		"0000000a595a"
	xzNoCheck = "fd377a585a000000ff12d9410200210108000000d80f2313e027ff006e5d00380bc8230dc745bbae5c2cccd8754b8768add9" +
		"874335962e5bbd4ae4f327f4d8bca4f8a7345a303589ff85a7698d579a309465e83c6923e8a507c12755f718236aef87d22e" +
		"9ea2e616336ed3c56e570cb3b145d4e2014bcff3f5dcaa93da29998486b08263b6f0c87692f2006700000000000182018050" +
		"000035d0a82ca8000afc020000000000595a"
)

// TestXz reads what another writer than ours packed, and damages its structure
// byte by byte: whatever is read all the same must be what was packed.
func TestXz(t *testing.T) {
	want := map[string]string{"p/a.py": "a", "p/b.py": strings.Repeat("b", 3000)}
	for name, text := range map[string]string{"blocks": xzBlocks, "no check": xzNoCheck} {
		t.Run(name, func(t *testing.T) {
			b, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			got := walk(t, b, ".tar.xz")
			if diff := cmp.Diff(want, got.files); diff != "" || len(got.ids) > 0 {
				t.Errorf("hazards %v, files (-want +got):\n%s", got.hazards, diff)
			}
			for i := range b {
				damaged := append([]byte(nil), b...)
				damaged[i] ^= 0x41
				if got := walk(t, damaged, ".tar.xz"); name == "blocks" && len(got.ids) == 0 {
					t.Errorf("byte %d damaged without an objection", i)
				}
			}
			for i := range b {
				if got := walk(t, b[:i], ".tar.xz"); len(got.ids) == 0 {
					t.Errorf("cut at byte %d without an objection", i)
				}
			}
		})
	}
}
