package rules

// owners are modules at the root of a site folder that everybody knows, and the
// projects that install them: the one known for it first, then its builds under
// other names. A project may always install the module of its own name.
//
// The list was made by hand from what the projects document, in 2026. It is
// short on purpose: where it is silent nothing is claimed.
var owners = map[string][]string{
	"pip":               {"pip"},
	"setuptools":        {"setuptools"},
	"pkg_resources":     {"setuptools", "distribute", "pkg-resources"},
	"_distutils_hack":   {"setuptools"},
	"wheel":             {"wheel"},
	"distutils":         {"setuptools"},
	"_virtualenv":       {"virtualenv"},
	"uv":                {"uv"},
	"requests":          {"requests"},
	"urllib3":           {"urllib3", "urllib3-future"},
	"certifi":           {"certifi", "certifi-win32"},
	"idna":              {"idna"},
	"chardet":           {"chardet"},
	"numpy":             {"numpy"},
	"pandas":            {"pandas"},
	"scipy":             {"scipy"},
	"flask":             {"flask"},
	"werkzeug":          {"werkzeug"},
	"jinja2":            {"jinja2"},
	"django":            {"django"},
	"boto3":             {"boto3"},
	"botocore":          {"botocore"},
	"s3transfer":        {"s3transfer"},
	"cryptography":      {"cryptography"},
	"paramiko":          {"paramiko", "paramiko-ng", "ssh-paramiko"},
	"aiohttp":           {"aiohttp"},
	"httpx":             {"httpx"},
	"colorama":          {"colorama"},
	"termcolor":         {"termcolor"},
	"click":             {"click"},
	"rich":              {"rich"},
	"pydantic":          {"pydantic"},
	"fastapi":           {"fastapi", "fastapi-slim"},
	"starlette":         {"starlette"},
	"uvicorn":           {"uvicorn"},
	"sqlalchemy":        {"sqlalchemy"},
	"yaml":              {"pyyaml", "ruamel-yaml", "pyyaml-ft"},
	"six":               {"six"},
	"dateutil":          {"python-dateutil"},
	"PIL":               {"pillow", "pillow-simd", "pil"},
	"bs4":               {"beautifulsoup4", "bs4"},
	"lxml":              {"lxml"},
	"selenium":          {"selenium"},
	"torch":             {"torch", "torch-nightly", "intel-extension-for-pytorch"},
	"transformers":      {"transformers"},
	"openai":            {"openai"},
	"discord":           {"discord-py", "py-cord", "discord-py-self", "nextcord", "discord-py-message-components"},
	"web3":              {"web3"},
	"pytest":            {"pytest"},
	"virtualenv":        {"virtualenv"},
	"packaging":         {"packaging"},
	"psutil":            {"psutil"},
	"tqdm":              {"tqdm"},
	"redis":             {"redis"},
	"telegram":          {"python-telegram-bot", "python-telegram-bot-raw"},
	"matplotlib":        {"matplotlib", "matplotlib-base"},
	"dotenv":            {"python-dotenv", "dotenv"},
	"jwt":               {"pyjwt", "jwt"},
	"websocket":         {"websocket-client"},
	"typing_extensions": {"typing-extensions"},
}

// standardModules are modules of the standard library that are not extensions of
// another name. Names that projects share with it for a reason, the backports
// that carry their own name, never come here: a project may install the module
// of its own name. "test" is left out, for every second wheel has one by mistake.
var standardModules = func() map[string]bool {
	names := []string{
		"abc", "argparse", "ast", "asyncio", "atexit", "base64", "binascii", "builtins", "bz2", "calendar",
		"code", "codecs", "collections", "concurrent", "configparser", "contextlib", "copy", "csv", "ctypes",
		"datetime", "decimal", "difflib", "dis", "email", "enum", "errno", "functools", "gc", "getpass",
		"glob", "gzip", "hashlib", "hmac", "html", "http", "importlib", "inspect", "io", "ipaddress", "itertools",
		"json", "locale", "logging", "lzma", "marshal", "math", "mimetypes", "multiprocessing", "netrc",
		"operator", "os", "pathlib", "pickle", "pkgutil", "platform", "plistlib", "posixpath", "ntpath", "queue",
		"random", "re", "runpy", "secrets", "select", "selectors", "shlex", "shutil", "signal", "smtplib", "socket",
		"sqlite3", "ssl", "stat", "statistics", "string", "struct", "subprocess", "sys", "sysconfig", "tarfile",
		"tempfile", "textwrap", "threading", "time", "timeit", "token", "tokenize", "traceback", "types", "unittest",
		"urllib", "uuid", "venv", "warnings", "weakref", "webbrowser", "winreg", "xml", "zipapp", "zipfile",
		"zipimport", "zlib", "zoneinfo",
	}
	m := map[string]bool{}
	for _, n := range names {
		m[n] = true
	}
	return m
}()
