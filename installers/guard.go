package installers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Guard names the guard's own configuration among the clients: it gets the indexes that pip's file named before.
const Guard = "pipwarden"

// setGuard writes into the guard's configuration which indexes to ask and how. The text must not say so already.
func setGuard(text string, u PipUpstream) (string, error) {
	if _, err := parseTOML(text); err != nil {
		return "", err
	}
	if dotted(text, "upstream") {
		return "", errUnclear
	}
	var keys, lists []string
	if len(u.Extra) == 0 {
		keys = append(keys, "index_url = "+strconv.Quote(u.Index))
	} else if u.Index != "" {
		lists = append(lists, indexTable("default", u.Index)...)
	}
	for i, extra := range u.Extra {
		lists = append(lists, indexTable(fmt.Sprintf("extra-%d", i+1), extra)...)
	}
	for _, k := range []struct{ key, value string }{{"ca_bundle", u.CABundle}, {"client_cert", u.ClientCert}, {"proxy", u.Proxy}} {
		if k.value != "" {
			keys = append(keys, k.key+" = "+strconv.Quote(k.value))
		}
	}
	if len(keys) > 0 {
		e := edit{client: Guard, at: len(slices.Collect(strings.Lines(text))), body: append([]string{"[upstream]"}, keys...)}
		for _, s := range tomlStatements(text) {
			if s.key == "" && s.table == "upstream" {
				e.at, e.body = s.to, keys
			}
		}
		text = e.apply(text)
	}
	if len(lists) > 0 {
		text = edit{client: Guard, at: len(slices.Collect(strings.Lines(text))), body: lists}.apply(text)
	}
	if _, err := parseTOML(text); err != nil {
		return "", errUnclear
	}
	return text, nil
}

func indexTable(name, url string) []string {
	return []string{"[[upstream.index]]", "name = " + strconv.Quote(name), "url = " + strconv.Quote(url)}
}
