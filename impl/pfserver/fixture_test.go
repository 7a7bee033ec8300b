package pfserver

import (
	"encoding/binary"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	driver "ikewit/impl/driver/pfkey"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/store"
	"ikewit/impl/wire/pfkey"
)

// A rig is a server over a database in memory whose clock stands still until it is turned.
type rig struct {
	t      *testing.T
	path   string
	server *Server
	db     *database

	mu  sync.Mutex
	now time.Time
}

// A database is a store whose events can be made by the test.
type database struct{ *store.Store }

func (*database) Name() string { return "test" }
func (d *database) Close() error {
	d.Store.Close()
	return nil
}

type plane struct{}

func (plane) Supports(sa *sadb.SA) error {
	if sa.Cipher != nil && sa.Cipher.Name == "cast" {
		return &sadb.UnsupportedError{Driver: "test", What: "cast"}
	}
	return sa.CheckIV("test")
}
func (plane) SupportsPolicy(*sadb.Policy) error    { return nil }
func (plane) Apply(sadb.Action) error              { return nil }
func (plane) Ended(sadb.ID)                        {}
func (plane) Usage(sadb.ID) (_ sadb.Usage, _ bool) { return }

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "s"), now: time.Unix(1_700_000_000, 0)}
	r.db = &database{store.New(plane{}, r.clock)}
	draw := uint32(0)
	r.server = New(Config{Database: r.db, Random: func() uint32 { draw += 7; return draw }})
	l, err := Listen(r.path)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := r.server.Serve(l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
		r.db.Close()
		r.server.Close()
	})
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// pass turns the clock.
func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	r.now = r.now.Add(d)
	r.mu.Unlock()
	r.db.Tick()
}

// A client is a process with a key socket.
type client struct {
	t      *testing.T
	socket *driver.Socket
	pid    uint32
	seq    uint32
}

func (r *rig) client() *client {
	r.t.Helper()
	s, err := driver.Dial(r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { s.Close() })
	c := &client{t: r.t, socket: s, pid: 4711, seq: 100}
	c.settle()
	return c
}

// gone waits until so many clients are left.
func (r *rig) gone(left int) {
	r.t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); ; <-ticker.C {
		r.server.mu.Lock()
		n := len(r.server.ports)
		r.server.mu.Unlock()
		switch {
		case n == left:
			return
		case time.Now().After(deadline):
			r.t.Fatalf("%d clients are there, want %d", n, left)
		}
	}
}

const patience = 10 * time.Second

// next waits for a message.
func (c *client) next() *pfkey.Message {
	c.t.Helper()
	octets := c.octets()
	m, err := pfkey.Parse(octets)
	if err != nil {
		c.t.Fatalf("the server sent what cannot be read: %v\n% x", err, octets)
	}
	return m
}

func (c *client) octets() []byte {
	c.t.Helper()
	octets, err := c.socket.Receive(time.Now().Add(patience))
	if err != nil {
		c.t.Fatal(err)
	}
	return octets
}

func (c *client) send(octets []byte) {
	c.t.Helper()
	if err := c.socket.Send(octets); err != nil {
		c.t.Fatal(err)
	}
}

// call sends a request and gives the next message, which must be the answer.
func (c *client) call(t pfkey.Type, satype pfkey.SAType, list ...pfkey.Extension) *pfkey.Message {
	c.t.Helper()
	c.seq++
	c.send((&pfkey.Message{Version: pfkey.V2, Type: t, SAType: satype, Seq: c.seq, PID: c.pid, Extensions: list}).Append(nil))
	m := c.next()
	if m.Type != t || m.Seq != c.seq || m.PID != c.pid {
		c.t.Fatalf("asked %v seq %d, next message is %v", t, c.seq, m)
	}
	return m
}

// ok is call for what must work.
func (c *client) ok(t pfkey.Type, satype pfkey.SAType, list ...pfkey.Extension) *pfkey.Message {
	c.t.Helper()
	m := c.call(t, satype, list...)
	if m.Errno != 0 {
		c.t.Fatalf("%v: errno %d (%v), diagnostic %d", t, m.Errno, unix.Errno(m.Errno), m.Diagnostic)
	}
	return m
}

// refused is call for what must fail, with a base header.
func (c *client) refused(errno unix.Errno, d pfkey.Diagnostic, t pfkey.Type, satype pfkey.SAType, list ...pfkey.Extension) {
	c.t.Helper()
	m := c.call(t, satype, list...)
	c.mustRefuse(m, errno, d)
}

func (c *client) mustRefuse(m *pfkey.Message, errno unix.Errno, d pfkey.Diagnostic) {
	c.t.Helper()
	if m.Errno != uint8(errno) || m.Diagnostic != uint16(d) || len(m.Extensions) != 0 {
		c.t.Errorf("%v answered with errno %d, diagnostic %d (%v), %d extensions; want errno %d, diagnostic %d (%v)",
			m.Type, m.Errno, m.Diagnostic, pfkey.Diagnostic(m.Diagnostic), len(m.Extensions), errno, d, d)
	}
}

// settle makes sure that all that was sent to this client so far has been read: nothing else may have been waiting.
func (c *client) settle() {
	c.t.Helper()
	m := c.call(200, 0)
	if m.Errno != uint8(unix.EINVAL) {
		c.t.Fatalf("message type 200 answered with %v", m)
	}
}

// kinds are the extensions of a message.
func kinds(m *pfkey.Message) (list []pfkey.ExtensionType) {
	for _, e := range m.Extensions {
		list = append(list, e.Kind())
	}
	return list
}

func find[E pfkey.Extension](t *testing.T, m *pfkey.Message, kind pfkey.ExtensionType) E {
	t.Helper()
	e, ok := m.Find(kind).(E)
	if !ok {
		t.Fatalf("%v has no %v", m, kind)
	}
	return e
}

var (
	alice  = netip.MustParseAddr("192.0.2.1")
	bob    = netip.MustParseAddr("192.0.2.2")
	alice6 = netip.MustParseAddr("2001:db8::1")
	bob6   = netip.MustParseAddr("2001:db8::2")
)

func src(a netip.Addr) *pfkey.Address { return &pfkey.Address{Which: pfkey.ExtAddressSrc, Addr: a} }
func dst(a netip.Addr) *pfkey.Address { return &pfkey.Address{Which: pfkey.ExtAddressDst, Addr: a} }

func authKey(octets int) *pfkey.Key {
	return &pfkey.Key{Which: pfkey.ExtKeyAuth, Bits: uint16(8 * octets), Octets: octetsOf(octets, 3)}
}

func encryptKey(octets int) *pfkey.Key {
	return &pfkey.Key{Which: pfkey.ExtKeyEncrypt, Bits: uint16(8 * octets), Octets: octetsOf(octets, 5)}
}

func octetsOf(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)*7 + seed
	}
	return b
}

// esp are the extensions of an ESP SA: DES and HMAC-MD5. Others replace those of their kind.
func esp(spi uint32, others ...pfkey.Extension) []pfkey.Extension {
	return with([]pfkey.Extension{
		&pfkey.SA{SPI: spi, State: pfkey.Mature, Auth: 2, Encrypt: 2}, src(alice), dst(bob), authKey(16), encryptKey(8),
	}, others...)
}

// ah are those of an AH SA.
func ah(spi uint32, others ...pfkey.Extension) []pfkey.Extension {
	return with([]pfkey.Extension{
		&pfkey.SA{SPI: spi, State: pfkey.Mature, Auth: 2}, src(alice), dst(bob), authKey(16),
	}, others...)
}

func with(list []pfkey.Extension, others ...pfkey.Extension) []pfkey.Extension {
next:
	for _, o := range others {
		for i, e := range list {
			if e.Kind() == o.Kind() {
				list[i] = o
				continue next
			}
		}
		list = append(list, o)
	}
	return list
}

func without(list []pfkey.Extension, kinds ...pfkey.ExtensionType) (rest []pfkey.Extension) {
next:
	for _, e := range list {
		for _, k := range kinds {
			if e.Kind() == k {
				continue next
			}
		}
		rest = append(rest, e)
	}
	return rest
}

// name are the extensions of a GET or DELETE.
func name(spi uint32) []pfkey.Extension {
	return []pfkey.Extension{&pfkey.SA{SPI: spi}, src(alice), dst(bob)}
}

// header is a base header with a length of its own.
func header(t pfkey.Type, satype pfkey.SAType, words uint16) []byte {
	b := (&pfkey.Message{Version: pfkey.V2, Type: t, SAType: satype, Seq: 9, PID: 8}).Append(nil)
	binary.NativeEndian.PutUint16(b[4:], words)
	return b
}
