package flow

import (
	"strings"
	"testing"

	"pipwarden/scan/vocabulary"
)

// namesOfTest are values of which not all is known.
func namesOfTest() map[string]*Value {
	network := vocabulary.Set(vocabulary.Network)
	return map[string]*Value{
		"U": {Labels: network},
		"R": {Kind: Ref, Str: "requests.get().content", Labels: network, ID: 7},
		"S": {Kind: Text, Str: "hunter2", Labels: vocabulary.Set(vocabulary.SecretVar)},
		"P": {Kind: Text, Str: "/home/" + hole + "/x", Partial: true, Labels: vocabulary.Set(vocabulary.HostFact), ID: 3},
		"L": {Kind: List, Items: []*Value{text("a"), integer(1)}, Partial: true, Labels: network},
		"X": joinAll([]*Value{text("one"), text("two")}),
		"D": {Kind: Dict, Pairs: []Pair{{text("k"), text("v")}}, Partial: true, Labels: network},
		"N": {Kind: Int, Int: 5, Labels: network},
	}
}

// describe tells all of a value that a rule can see.
func describe(v *Value) string {
	s := strings.ReplaceAll(render(v), hole, "_")
	if v.Partial {
		s += " partial"
	}
	if v.Labels != 0 {
		s += " {" + v.Labels.String() + "}"
	}
	if len(v.Made) > 0 {
		s += " <" + strings.Join(v.Made, " ") + ">"
	}
	if v.ID != 0 {
		s += " #" + string(rune('0'+v.ID))
	}
	return s
}

// labelCases are expressions over namesOfTest, and what is known of them.
var labelCases = []struct{ source, want string }{
	// What is not known leaves a Hole in texts, and its labels.
	{"'http://h.invalid/' + U", `'http://h.invalid/_' partial {network}`},
	{"U + '/x'", `'_/x' partial {network}`},
	{"U + U", `... {network}`},
	{"'a' + R + 'b'", `'a_b' partial {network} #7`},
	{"'%s/%d' % (S, U)", `'hunter2/_' partial {secret-variable,network}`},
	{"'%s' % U", `'_' partial {network}`},
	{"'%s-%s' % U", `'_-_' partial {network}`},
	{"'{}:{}'.format(U, 1)", `'_:1' partial {network}`},
	{"f'{S}@{P}'", `'hunter2@/home/_/x' partial {secret-variable,host} #3`},
	{"f'{U}{U}'", `'_' partial {network}`},
	{"','.join(['a', U])", `'a,_' partial {network}`},
	{"','.join(L)", `... {network}`},
	{"','.join(U)", `'_' partial {network}`},
	{"os.path.join(P, '.ssh')", `'/home/_/x/.ssh' partial {host} #3`},
	{"os.path.join(U, 'a', S)", `'_/a/hunter2' partial {secret-variable,network}`},
	{"os.path.join(U, U)", `os.path.join() {network} #1`},
	{"pathlib.Path(P) / 'y'", `'/home/_/x/y' {host} #3`},
	{"pathlib.Path.home() / '.ssh' / 'id_rsa'", `'~/.ssh/id_rsa'`},
	{"P.lower().encode().decode()", `'/home/_/x' partial {host} #3`},
	{"P.strip('/')", `'home/_/x' partial {host} #3`},
	{"P.replace('/', '-')", `'-home-_-x' partial {host} #3`},
	{"P[0]", `... {host} #3`},
	{"P.split('/')", `... {host} #3`},
	{"P.startswith('/home')", `True`},
	{"P.startswith('/etc')", `False`},
	{"P.startswith('/home/me')", `... {host} #3`},
	{"P.endswith('/x')", `True`},
	{"'/home' in P", `True`},
	{"P == '/etc/passwd'", `False`},
	{"urllib.parse.quote(P)", `'/home/_/x' partial {host} #3`},
	{"json.dumps({'a': U, 'b': S})", `'{"a": _, "b": "hunter2"}' partial {secret-variable,network}`},
	{"urllib.parse.urlencode({'t': U})", `'t=_' partial {network}`},
	{"str(R)", `requests.get().content {network} #7`},
	{"str({'a': R})", `... {network}`},
	{"len(R)", `...`},
	{"int(U)", `... {network}`},
	{"S[::-1]", `'2retnuh' {secret-variable}`},
	{"S * 2", `'hunter2hunter2' {secret-variable}`},
	{"[S, 'x'][1]", `'x'`},
	{"[S, 'x'][0]", `'hunter2' {secret-variable}`},
	{"{'a': S}['a']", `'hunter2' {secret-variable}`},
	{"D['k']", `'v' {network}`},
	{"D['z']", `... {network}`},
	{"D.get('z', 'q')", `... or 'q' {network}`},
	{"{'a': 1, 'b': 2}[U]", `1 or 2 {network}`},
	{"L[0]", `'a' {network}`},
	{"L[5]", `... {network}`},
	{"list(R)", `requests.get().content {network} #7`},
	{"N + 1", `6 {network}`},
	{"chr(N)", `'\x05' {network} <chr>`},
	{"-U", `... {network}`},
	// A Union is told apart.
	{"X + '!'", `'one!' or 'two!'`},
	{"X.upper()", `'ONE' or 'TWO'`},
	{"f'<{X}>'", `'<one>' or '<two>'`},
	{"os.path.join('a', X)", `'a/one' or 'a/two'`},
	{"X + X", `'oneone' or 'onetwo' or 'twoone' or 'twotwo'`},
	{"X + U", `'one_' or 'two_' {network}`},
	{"base64.b64encode(X.encode())", `b'b25l' or b'dHdv'`},
	// Decoders leave their name, also where nothing is known.
	{"base64.b64decode('aGVsbG8=')", `b'hello' {decoded} <base64>`},
	{"base64.b64decode(R)", `... {network,decoded} <base64> #7`},
	{"zlib.decompress(base64.b64decode(U))", `... {network,decoded} <base64 zlib>`},
	{"marshal.loads(zlib.decompress(U))", `... {network,decoded} <zlib marshal>`},
	{"codecs.decode('uryyb', 'rot13')", `'hello' {decoded} <rot13>`},
	{"bytes.fromhex('6869')", `b'hi' {decoded} <hex>`},
	{"'cvc vafgnyy'.encode('rot13')", `'pip install' {decoded} <rot13>`},
	{"codecs.decode(codecs.decode('6147553d', 'hex'), 'base64')", `b'he' {decoded} <hex base64>`},
	{"cryptography.fernet.Fernet(U).decrypt(b'x')", `... {network,decoded,decrypted} <fernet>`},
	{"Crypto.Cipher.AES.new(b'k' * 16, Crypto.Cipher.AES.MODE_ECB).decrypt(U)", `... {network,decoded,decrypted} <aes>`},
	// Texts put together out of characters are Computed.
	{"''.join(map(chr, [104, 101, 108, 108, 111, 33, 33, 33]))", `'hello!!!' {decoded,computed} <chr>`},
	{"''.join([chr(c ^ 1) for c in [105, 100, 109, 109, 110, 32, 32, 32]])", `'hello!!!' {decoded,computed} <xor>`},
	{"bytes([b ^ 1 for b in b'idmmn   '])", `b'hello!!!' {decoded,computed} <xor>`},
	{"chr(27) + '[0m reset'", `'\x1b[0m reset' <chr>`},
	{"'))(metsys.so'[::-1]", `'os.system())' {computed}`},
	{"''.join(['s', 'u', 'b', 'p', 'r', 'o', 'c', 'e', 's', 's'])", `'subprocess' {computed}`},
	{"''.join(['pip ', 'install ', 'requests'])", `'pip install requests'`},
	{"'pQQoQQwQQeQQrQQshell'.replace('QQ', '')", `'powershell' {computed}`},
	{"'http://h.invalid'.replace('http', 'https')", `'https://h.invalid'`},
	{"'uryyb jbeyq'.translate(str.maketrans('abcdefghijklmnopqrstuvwxyz', 'nopqrstuvwxyzabcdefghijklm'))", `'hello world' {computed} <translate>`},
	{"(0x696d706f727420746869730a).to_bytes(12, 'big').decode()", `'import this\n' {decoded,computed} <int>`},
	{"struct.pack('>QI', 0x696d706f72742074, 0x6869730a)", `b'import this\n' {decoded,computed} <struct>`},
	{"''.join(chr(x) for x in b'hello world').encode()", `b'hello world' {decoded,computed} <chr>`},
}

func TestLabels(t *testing.T) {
	for _, tt := range labelCases {
		if got := describe(evaluateWith(tt.source, namesOfTest())); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.source, got, tt.want)
		}
	}
}
