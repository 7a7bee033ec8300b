package pfserver

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"sync"

	"ikewit/impl/alg"
	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// Config says what a server speaks for.
type Config struct {
	Database sadb.Driver // stays the caller's to close

	// Slow: asking the database for one SA costs much more than a part of a list of all. A dump is then
	// the list as it was; else it is looked up as it is sent, and holds only names meanwhile.
	Slow bool

	Random func() uint32 // draws SPIs; nil: from the system
	Ports  int           // clients at a time; 0: 64
}

// A Server is a key engine. Its methods may be called from any goroutine.
type Server struct {
	cfg Config
	db  sadb.Driver

	mu      sync.Mutex
	ports   []*Port
	beyond  map[sadb.ID]*pfsa.Beyond // of the SAs that have some
	owners  map[sadb.ID]owner        // of the SAs that have one
	views   []*View
	seq     uint32 // of messages that the engine makes
	offered *offer // nil: not worked out yet
	closed  bool

	over   chan struct{} // closed by Close
	events sync.WaitGroup
}

// offer is what the database takes.
type offer struct {
	ciphers     []*alg.Cipher
	integrities []*alg.Integrity
}

// New makes a server. It takes the events of the database until Close; who else wants them uses Driver.
func New(cfg Config) *Server {
	if cfg.Random == nil {
		cfg.Random = random
	}
	if cfg.Ports == 0 {
		cfg.Ports = 64
	}
	s := &Server{cfg: cfg, db: cfg.Database, beyond: map[sadb.ID]*pfsa.Beyond{}, owners: map[sadb.ID]owner{}, over: make(chan struct{})}
	s.events.Go(s.listen)
	return s
}

func random() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.NativeEndian.Uint32(b[:])
}

// Close closes every port and every view. The database stays open.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.over)
	}
	ports := slices.Clone(s.ports)
	s.mu.Unlock()
	for _, p := range ports {
		p.Close()
	}
	s.events.Wait()
}

// Open gives a new port, as a process opens a key socket. pid says whose it is, for X_PROMISC messages that are sent
// to a process. It fails when there are too many.
func (s *Server) Open(pid uint32) (*Port, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.ports) >= s.cfg.Ports {
		return nil, ErrTooMany
	}
	p := newPort(s, pid)
	s.ports = append(s.ports, p)
	return p, nil
}

// forget takes a port out.
func (s *Server) forget(p *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ports = slices.DeleteFunc(s.ports, func(other *Port) bool { return other == p })
}

// tell sends a message to all ports that want it, but for one; promiscuous ports get what others do not, wrapped.
func (s *Server) tell(octets []byte, wants func(*Port) bool, except *Port) {
	var wrapped []byte
	for _, p := range s.ports {
		switch {
		case p == except:
		case wants(p):
			p.put(octets, false)
		case p.promiscuous:
			if wrapped == nil {
				wrapped = wrap(octets)
			}
			p.put(wrapped, false)
		}
	}
}

func everyone(*Port) bool { return true }
func nobody(*Port) bool   { return false }

func registered(t pfkey.SAType) func(*Port) bool {
	return func(p *Port) bool { return p.registered[t] }
}

// supported works out what the database takes, by asking it about an SA of each algorithm.
func (s *Server) supported() *offer {
	if s.offered != nil {
		return s.offered
	}
	s.offered = &offer{}
	for _, c := range alg.Ciphers() {
		sa := sample()
		if sa.Cipher = c; c.AEAD() {
			sa.Integrity = nil
		}
		if s.db.Supports(&sa) == nil {
			s.offered.ciphers = append(s.offered.ciphers, c)
		}
	}
	for _, i := range alg.Integrities() {
		sa := sample()
		sa.Integrity = i
		if s.db.Supports(&sa) == nil {
			s.offered.integrities = append(s.offered.integrities, i)
		}
	}
	return s.offered
}
