package archive_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pipwarden/scan/archive"
)

const (
	sumOfA    = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	recordOfA = "sha256=ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs"
)

// TestParseRecord has lines as builders write them, and lines that are none.
func TestParseRecord(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []archive.RecordEntry
		wantErr    *archive.RecordError
	}{
		{name: "usual", text: "six.py," + recordOfA + ",1\nsix-1.dist-info/RECORD,,\n", want: []archive.RecordEntry{
			{Path: "six.py", Algorithm: "sha256", Digest: sumOfA, Size: 1, Line: 1},
			{Path: "six-1.dist-info/RECORD", Size: -1, Line: 2},
		}},
		{name: "CRLF, quotes and padding", text: "\"a,b.py\",SHA256=ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs=,1\r\n", want: []archive.RecordEntry{
			{Path: "a,b.py", Algorithm: "sha256", Digest: sumOfA, Size: 1, Line: 1},
		}},
		{name: "empty"},
		{name: "two fields", text: "a,,\nb,\n", want: []archive.RecordEntry{{Path: "a", Size: -1, Line: 1}}, wantErr: &archive.RecordError{Line: 2, Problem: "2 fields instead of 3"}},
		{name: "hash without algorithm", text: "a,abc,\n", wantErr: &archive.RecordError{Line: 1, Problem: `a hash "abc"`}},
		{name: "hash that is no base64", text: "a,sha256=a+b,\n", wantErr: &archive.RecordError{Line: 1, Problem: `a hash "sha256=a+b"`}},
		{name: "negative size", text: "a,,-1\n", wantErr: &archive.RecordError{Line: 1, Problem: `a size "-1"`}},
		{name: "no CSV", text: "a,b\"c,\n", wantErr: &archive.RecordError{Line: 1, Problem: "bare \" in non-quoted-field"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := archive.ParseRecord([]byte(tt.text))
			var bad *archive.RecordError
			if errors.As(err, &bad) != (err != nil) {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(tt.wantErr, bad); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckRecord has one fault a case next to a RECORD without any.
func TestCheckRecord(t *testing.T) {
	const dir = "six-1.dist-info"
	files := []archive.FileSum{
		{Path: "six.py", SHA256: sumOfA, Size: 1},
		{Path: dir + "/RECORD", Size: 80},
		{Path: dir + "/RECORD.jws", Size: 80},
	}
	const right = "six.py," + recordOfA + ",1\n"
	for _, tt := range []struct {
		name, text string
		want       []archive.RecordProblem
	}{
		{"right", right + "six-1.dist-info/RECORD,,\nsix-1.dist-info/,,\n", nil},
		{"RECORD need not list itself", right, nil},
		{"unlisted", "", []archive.RecordProblem{{Fault: archive.RecordUnlisted, Path: "six.py"}}},
		{"missing", right + "evil.py," + recordOfA + ",1\n", []archive.RecordProblem{{Fault: archive.RecordMissing, Path: "evil.py", Line: 2}}},
		{"repeated", right + right, []archive.RecordProblem{{Fault: archive.RecordRepeated, Path: "six.py", Line: 2}}},
		{"another hash", "six.py,sha256=AAAA,1\n", []archive.RecordProblem{{Fault: archive.RecordHash, Path: "six.py", Line: 1}}},
		{"another size", "six.py," + recordOfA + ",2\n", []archive.RecordProblem{{Fault: archive.RecordSize, Path: "six.py", Line: 1}}},
		{"no hash", "six.py,,1\n", []archive.RecordProblem{{Fault: archive.RecordUnhashed, Path: "six.py", Line: 1}}},
		{"another algorithm", "six.py,md5=AAAA,1\n", []archive.RecordProblem{{Fault: archive.RecordOtherHash, Path: "six.py", Line: 1}}},
		{"path that leaves", right + "../six.py,,\n", []archive.RecordProblem{{Fault: archive.RecordOddPath, Path: "../six.py", Line: 2}}},
		{"absolute path", right + "/six.py,,\n", []archive.RecordProblem{{Fault: archive.RecordOddPath, Path: "/six.py", Line: 2}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			entries, err := archive.ParseRecord([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, archive.CheckRecord(dir, entries, files)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDigestReader holds that the sum is that of what was read.
func TestDigestReader(t *testing.T) {
	d := archive.NewDigestReader(strings.NewReader("b"))
	if _, err := io.ReadAll(d); err != nil {
		t.Fatal(err)
	}
	d.Reset(strings.NewReader("a"))
	if _, err := io.ReadAll(d); err != nil {
		t.Fatal(err)
	}
	want := archive.FileSum{Path: "p", SHA256: sumOfA, Size: 1}
	if diff := cmp.Diff(want, d.Sum("p")); diff != "" {
		t.Errorf("sum (-want +got):\n%s", diff)
	}
}
