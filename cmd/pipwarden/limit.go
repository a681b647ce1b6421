package main

import (
	"net"
	"net/http"
)

// A connLimit bounds the open connections of a server: those over the limit wait in the system's queue. It hands out the
// connections as they are, unlike a wrapping listener, which would cost the system's sendfile for large files.
type connLimit struct {
	net.Listener
	free chan struct{} // one element for each connection that may still be opened
}

// limitConns bounds srv, which serves ln and nothing else.
func limitConns(srv *http.Server, ln net.Listener, most int) net.Listener {
	l := &connLimit{Listener: ln, free: make(chan struct{}, most)}
	for range most {
		l.free <- struct{}{}
	}
	srv.ConnState = func(_ net.Conn, st http.ConnState) {
		// A hijacked connection is one that we refuse on: it is closed within seconds.
		if st == http.StateClosed || st == http.StateHijacked {
			l.free <- struct{}{}
		}
	}
	return l
}

// Accept waits for a free place, then for a connection.
func (l *connLimit) Accept() (net.Conn, error) {
	<-l.free
	conn, err := l.Listener.Accept()
	if err != nil {
		l.free <- struct{}{}
	}
	return conn, err
}
