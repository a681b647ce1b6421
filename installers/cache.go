package installers

import "cmp"

// A Cache is a folder in which a client keeps files that it has fetched or built.
type Cache struct {
	Client string
	Dir    string
	Purge  string // the command that empties it
}

// Caches are the folders where the clients keep files. They need not exist.
func (c *Computer) Caches() []Cache {
	windows := c.OS == "windows"
	local := func(unix string, win ...string) string {
		if windows {
			return below(c.cache(), win...)
		}
		return below(c.cache(), unix)
	}
	uv := local("uv", "uv", "cache")
	if c.OS == "darwin" {
		uv = below(c.home(), ".cache", "uv")
	}
	return []Cache{
		{Pip, cmp.Or(c.Env["PIP_CACHE_DIR"], local("pip", "pip", "Cache")), "pip cache purge"},
		{UV, cmp.Or(c.Env["UV_CACHE_DIR"], uv), "uv cache clean"},
		{PDM, cmp.Or(c.Env["PDM_CACHE_DIR"], local("pdm", "pdm", "pdm", "Cache")), "pdm cache clear"},
		{Poetry, cmp.Or(c.Env["POETRY_CACHE_DIR"], local("pypoetry", "pypoetry", "Cache")), "poetry cache clear --all ."},
		{Pipenv, cmp.Or(c.Env["PIPENV_CACHE_DIR"], local("pipenv", "pipenv", "pipenv", "Cache")), "pipenv --clear"},
	}
}
