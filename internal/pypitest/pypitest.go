// Package pypitest makes wheels and sdists out of readable text, and serves them
// from an index that can be told to misbehave. It is for tests alone.
//
// # Artifacts
//
// A [Dist] is a wheel or an sdist as a list of members. [Parse] reads one from a
// txtar archive:
//
//	file demo-1.0-py3-none-any.whl
//	-- demo/__init__.py --
//	answer = 42
//
// The first lines of the comment are directives; [Parse] lists them. What a build
// backend would add is generated: METADATA, WHEEL and RECORD for a wheel, PKG-INFO
// for an sdist. A member with the path of a generated file replaces it, the
// directive "omit" leaves it away, "raw" generates nothing at all. {dist-info}
// and {data} in a path stand for the wheel's own folders:
//
//	-- {dist-info}/entry_points.txt --
//	-- {data}/scripts/demo --
//
// [Wheel] and [Sdist] make the same from code. The bytes of a Dist depend on
// nothing but its fields.
//
// # The index
//
//	index := pypitest.NewIndex(t, pypitest.Options{})
//	file := index.Add(pypitest.Wheel("demo", "1.0", nil))
//	index.Fail(file.Path, pypitest.Fault{Status: 503, Times: 1})
//	// GET index.URL + "demo/" ...
//	if n := index.Count(file.Path); n != 2 { ... }
//
// Pages, files and metadata files are at the paths that a real index has: pages
// under /simple/, files under /files/ with two levels of hash above the name.
package pypitest
