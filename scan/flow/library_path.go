package flow

import (
	"path"
	"strings"
)

// pathName is the Ref of a path object. Its Self is the Text of the path.
const pathName = "pathlib.Path()"

func isPath(v *Value) bool {
	return v.Kind == Ref && v.Str == pathName && v.Self != nil && isString(v.Self)
}

// pathText returns the text of a path object or of a text; nil if v is neither.
func pathText(v *Value) *Value {
	switch {
	case v == nil:
		return nil
	case isPath(v):
		return v.Self
	case isString(v):
		return v
	}
	return nil
}

// newPath makes a path object.
func newPath(v *Value) *Value {
	return &Value{Kind: Ref, Str: pathName, Self: v, Labels: v.Labels, ID: v.ID}
}

// pathFuncs are those of os.path and pathlib. Folders of the machine keep the
// signs that stand for them: "~/.ssh", "%APPDATA%".
func pathFuncs() map[string]libraryFunc {
	same := func(a *arguments) *Value {
		if v := pathText(a.at(0, "path")); v != nil {
			return v
		}
		return nil
	}
	out := map[string]libraryFunc{
		"os.path.join":     func(a *arguments) *Value { return joinTexts(a.pos) },
		"os.path.dirname":  func(a *arguments) *Value { return a.pathPart(0) },
		"os.path.basename": func(a *arguments) *Value { return a.pathPart(1) },
		"os.path.split":    pathSplit, "os.path.splitext": splitExtension,
		"pathlib.Path": paths, "pathlib.Path.home": func(a *arguments) *Value { return newPath(text("~")) },
		"pathlib.Path.cwd": func(a *arguments) *Value { return newPath(text(".")) },
	}
	for _, name := range []string{"expanduser", "expandvars", "abspath", "normpath", "realpath", "normcase"} {
		out["os.path."+name] = same
	}
	out["os.fspath"], out["os.fsdecode"] = same, same
	for _, name := range []string{"PurePath", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"} {
		out["pathlib."+name] = paths
	}
	return out
}

func paths(a *arguments) *Value {
	if len(a.pos) == 0 {
		return newPath(text("."))
	}
	if len(a.pos) == 1 && isPath(a.pos[0]) {
		return a.pos[0]
	}
	return joinPaths(a.pos)
}

// joinPaths is a path object of parts, one of which is known.
func joinPaths(parts []*Value) *Value {
	v := joinTexts(parts)
	if v == nil {
		return nil
	}
	if v.Kind == Union {
		items := make([]*Value, len(v.Items))
		for i, item := range v.Items {
			items[i] = newPath(item)
		}
		return carryShallow(joinAll(items), v.Labels)
	}
	return newPath(v)
}

// joinTexts is os.path.join.
func joinTexts(parts []*Value) *Value {
	for i, v := range parts {
		if v.Kind == Union {
			return distribute(v, nothing, func(x, _ *Value) *Value {
				chosen := append([]*Value(nil), parts...)
				chosen[i] = x
				if out := joinKnown(chosen); out != nil {
					return out
				}
				return unknown(chosen...)
			})
		}
	}
	return joinKnown(parts)
}

func joinKnown(parts []*Value) *Value {
	p := pieces{text: true}
	texts := 0
	for i, v := range parts {
		t := pathText(v)
		if t == nil {
			t = v
		} else {
			texts++
		}
		if isString(t) && (strings.HasPrefix(t.Str, "/") || len(t.Str) > 2 && t.Str[1:3] == ":\\") && i > 0 {
			p = pieces{text: true, from: p.from}
		}
		if s := p.out.String(); s != "" && !strings.HasSuffix(s, "/") && !strings.HasSuffix(s, "\\") {
			p.write("/")
		}
		p.value(t)
	}
	if texts == 0 {
		return nil
	}
	return p.result()
}

// cutPath splits at the last separator.
func cutPath(s string) (folder, name string) {
	i := strings.LastIndexAny(s, "/\\")
	if i < 0 {
		return "", s
	}
	folder = s[:i]
	if strings.Trim(folder, "/\\") == "" {
		folder = s[:i+1]
	}
	return folder, s[i+1:]
}

// pathPart returns the folder (0) or the name (1).
func (a *arguments) pathPart(which int) *Value {
	v := pathText(a.at(0, "p"))
	if v == nil {
		return nil
	}
	folder, name := cutPath(v.Str)
	if which == 1 {
		return partOfPath(v, name)
	}
	return partOfPath(v, folder)
}

// partOfPath is a part of a path: as much unknown as Holes stand in it.
func partOfPath(v *Value, s string) *Value {
	return like(&Value{Kind: v.Kind, Labels: v.Labels, Made: v.Made, ID: v.ID, Partial: v.Partial && strings.Contains(s, hole)}, s)
}

func pathSplit(a *arguments) *Value {
	folder, name := a.pathPart(0), a.pathPart(1)
	if folder == nil {
		return nil
	}
	return tuple([]*Value{folder, name})
}

func splitExtension(a *arguments) *Value {
	v := pathText(a.at(0, "p"))
	if v == nil {
		return nil
	}
	_, name := cutPath(v.Str)
	extension := path.Ext(name)
	if extension == name {
		extension = ""
	}
	return tuple([]*Value{partOfPath(v, strings.TrimSuffix(v.Str, extension)), partOfPath(v, extension)})
}

// pathMethods are those of path objects that touch no file.
func pathMethods() map[string]methodFunc {
	same := func(self *Value, a *arguments) *Value {
		if !isPath(self) {
			return nil
		}
		return self
	}
	asText := func(self *Value, a *arguments) *Value {
		if !isPath(self) {
			return nil
		}
		return self.Self
	}
	join := func(self *Value, a *arguments) *Value {
		if !isPath(self) {
			return nil
		}
		return joinPaths(append([]*Value{self}, a.pos...))
	}
	return map[string]methodFunc{
		"expanduser": same, "absolute": same, "resolve": same, "joinpath": join, "__truediv__": join, "__div__": join,
		"as_posix": asText, "__str__": asText, "__fspath__": asText, "as_uri": asText,
		"with_name": func(self *Value, a *arguments) *Value {
			if !isPath(self) || len(a.pos) != 1 {
				return nil
			}
			folder, _ := cutPath(self.Self.Str)
			return joinPaths([]*Value{partOfPath(self.Self, folder), a.pos[0]})
		},
		"with_suffix": func(self *Value, a *arguments) *Value {
			suffix, ok := a.text(0, "")
			if !isPath(self) || !ok {
				return nil
			}
			s := self.Self.Str
			return newPath(partOfPath(self.Self, strings.TrimSuffix(s, path.Ext(s))+suffix))
		},
	}
}

// attribute returns an attribute of an object or a module of the library that
// is known without asking the machine, as Path(x).parent and string.digits;
// not ok for all others. It goes before the making of a Ref.
func attribute(v *Value, name string) (*Value, bool) {
	if v.Kind == Ref && v.ID == 0 && v.Self == nil {
		c, ok := constants[v.Str+"."+name]
		return c, ok
	}
	if !isPath(v) {
		return nil, false
	}
	folder, last := cutPath(v.Self.Str)
	extension := path.Ext(last)
	switch name {
	case "parent":
		if folder == "" {
			folder = "."
		}
		return newPath(partOfPath(v.Self, folder)), true
	case "name":
		return partOfPath(v.Self, last), true
	case "stem":
		return partOfPath(v.Self, strings.TrimSuffix(last, extension)), true
	case "suffix":
		return partOfPath(v.Self, extension), true
	}
	return nil, false
}
