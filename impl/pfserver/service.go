package pfserver

import (
	"net"
)

// A Service is a server on a UNIX socket, for programs that have nothing else to do with it.
type Service struct {
	*Server
	listener *net.UnixListener
	ended    chan struct{}
	failed   error // of Serve; read it when ended is closed
}

// Start binds the socket and serves the database on it until Close.
func Start(path string, cfg Config) (*Service, error) {
	l, err := Listen(path)
	if err != nil {
		return nil, err
	}
	s := &Service{Server: New(cfg), listener: l, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.failed = s.Serve(l)
	}()
	return s, nil
}

// Ended is closed when the socket is served no more: by Close, or because it failed, which Close tells.
func (s *Service) Ended() <-chan struct{} { return s.ended }

// Close ends every connection, takes the socket away, and closes the server. The database stays open.
func (s *Service) Close() error {
	s.listener.Close()
	<-s.ended
	s.Server.Close()
	return s.failed
}
