package pypi_test

import (
	"fmt"
	"net/url"
	"slices"

	"pipwarden/pypi"
)

func ExampleParseVersion() {
	var versions []pypi.Version
	for _, s := range []string{"1.0", "1.0.dev1", "v1.0-RC.1", "1!0.5", "1.0-1"} {
		v, err := pypi.ParseVersion(s)
		if err != nil {
			fmt.Println(err)
			return
		}
		versions = append(versions, v)
	}
	slices.SortFunc(versions, pypi.Version.Compare)
	fmt.Println(versions)
	// Output: [1.0.dev1 1.0rc1 1.0 1.0.post1 1!0.5]
}

func ExampleParsePage() {
	page, err := pypi.ParsePage(pypi.PageSource{
		Body: []byte(`<!DOCTYPE html><title>Links for demo</title>
			<a href="../../files/demo-1.0-py3-none-any.whl" data-requires-python="&gt;=3.8">demo-1.0-py3-none-any.whl</a>
			<a href="../../files/demo-1.0.dmg" data-yanked="">demo-1.0.dmg</a>`),
		ContentType: "text/html",
		URL:         &url.URL{Scheme: "https", Host: "index.example.invalid", Path: "/simple/demo/"},
		Name:        "demo",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range page.Files {
		fmt.Println(f.Parsed.Kind, f.Parsed.Version, f.URL)
	}
	// Output:
	// wheel 1.0 https://index.example.invalid/files/demo-1.0-py3-none-any.whl
	// unknown  https://index.example.invalid/files/demo-1.0.dmg
}

func ExampleClient_Fits() {
	client := pypi.ParseUserAgent(`pip/24.2 {"cpu":"x86_64","distro":{"libc":{"lib":"glibc","version":"2.31"}},` +
		`"implementation":{"name":"CPython"},"python":"3.11.7","system":{"name":"Linux"}}`)
	for _, text := range []string{
		"demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
		"demo-1.0-cp38-abi3-manylinux_2_34_x86_64.whl",
		"demo-1.0-py3-none-any.whl",
	} {
		f, err := pypi.ParseFilename(text, "demo")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(client.Fits(f, ">=3.8"), text)
	}
	// Output:
	// yes demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl
	// no demo-1.0-cp38-abi3-manylinux_2_34_x86_64.whl
	// yes demo-1.0-py3-none-any.whl
}
