package pfkey

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// patience is how long an answer is waited for.
const patience = 10 * time.Second

// ErrSilent says that the key engine did not answer.
var ErrSilent = errors.New("the key engine does not answer")

// requests numbers the requests of this process: process and number together name one (RFC 2367 section 2.1).
var requests atomic.Uint32

// number gives the next one; 0 would end a dump.
func number() uint32 {
	for {
		if n := requests.Add(1); n != 0 {
			return n
		}
	}
}

// call sends a request and waits for its answer.
func (d *Driver) call(t pfkey.Type, satype pfkey.SAType, list ...pfkey.Extension) (*pfkey.Message, error) {
	return d.callAs(number(), t, satype, list...)
}

// callAs does so by a given number.
func (d *Driver) callAs(seq uint32, t pfkey.Type, satype pfkey.SAType, list ...pfkey.Extension) (*pfkey.Message, error) {
	m := &pfkey.Message{Version: pfkey.V2, Type: t, SAType: satype, Seq: seq, PID: uint32(os.Getpid()), Extensions: list}
	answer := make(chan *pfkey.Message, 1)
	d.mu.Lock()
	gone := d.gone
	d.waiting[m.Seq] = answer
	d.mu.Unlock()
	defer d.forget(m.Seq)
	if gone != nil {
		return nil, gone
	}
	if err := d.send(m); err != nil {
		return nil, err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case r := <-answer:
		return r, refusal(r)
	case <-d.ended:
		return nil, d.why()
	case <-timer.C:
		return nil, ErrSilent
	}
}

func (d *Driver) forget(seq uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.waiting, seq)
}

// send sends a message and clears its octets, which may hold keys.
func (d *Driver) send(m *pfkey.Message) error {
	octets := m.Append(nil)
	defer clear(octets)
	if err := d.socket.Send(octets); err != nil {
		if errors.Is(err, os.ErrClosed) {
			return sadb.ErrClosed
		}
		return fmt.Errorf("send to the key engine: %w", err)
	}
	return nil
}

// A dump is the messages of a DUMP or X_SPDDUMP so far.
type dump struct {
	of   pfkey.Type
	list []*pfkey.Message
	err  error
	done chan struct{}
}

// list asks for everything. Engines end a dump with sequence number 0, with the last SA or without one; of
// nothing Linux says that there is no such entry.
func (d *Driver) list(t pfkey.Type) ([]*pfkey.Message, error) {
	d.dumping.Lock()
	defer d.dumping.Unlock()
	m := &pfkey.Message{Version: pfkey.V2, Type: t, Seq: number(), PID: uint32(os.Getpid())}
	r := &dump{of: t, done: make(chan struct{})}
	d.mu.Lock()
	gone := d.gone
	d.dump = r
	d.mu.Unlock()
	if gone != nil {
		return nil, gone
	}
	if err := d.send(m); err != nil {
		return nil, err
	}
	ticker := time.NewTicker(patience)
	defer ticker.Stop()
	for before := 0; ; {
		select {
		case <-r.done:
			return r.list, r.err
		case <-d.ended:
			return nil, d.why()
		case <-ticker.C:
		}
		d.mu.Lock()
		now := len(r.list)
		if now == before {
			d.dump = nil
			d.mu.Unlock()
			return nil, ErrSilent
		}
		before = now
		d.mu.Unlock()
	}
}

func (d *Driver) why() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gone
}

// end says that nothing is received any more.
func (d *Driver) end(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.gone == nil {
		d.gone = why
		close(d.ended)
	}
}

// receive takes what the engine says to those who wait for it. It never waits for them.
func (d *Driver) receive() {
	for {
		octets, err := d.socket.Receive(time.Time{})
		if errors.Is(err, unix.ENOBUFS) {
			continue // the kernel dropped some of what others do
		}
		if err != nil {
			d.end(fmt.Errorf("the key engine is gone: %w", err))
			return
		}
		if m, err := pfkey.Parse(octets); err == nil {
			d.dispatch(m)
		}
		clear(octets)
	}
}

func (d *Driver) dispatch(m *pfkey.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lose(m)
	if m.PID == 0 {
		d.heard.Put(m)
		return
	}
	if m.PID != uint32(os.Getpid()) {
		return
	}
	if r := d.dump; r != nil && m.Type == r.of {
		d.collect(r, m)
		return
	}
	if answer := d.waiting[m.Seq]; answer != nil {
		answer <- m
		delete(d.waiting, m.Seq)
	}
}

func (d *Driver) collect(r *dump, m *pfkey.Message) {
	if m.Errno != 0 && m.Errno != uint8(unix.ENOENT) {
		r.err = refusal(m)
	}
	if len(m.Extensions) > 0 {
		r.list = append(r.list, m)
	}
	if m.Seq == 0 || m.Errno != 0 {
		d.dump = nil
		close(r.done)
	}
}

// refusal gives the error that an answer tells.
func refusal(m *pfkey.Message) error {
	errno := unix.Errno(m.Errno)
	diagnostic := pfkey.Diagnostic(m.Diagnostic)
	switch errno {
	case 0:
		return nil
	case unix.EEXIST:
		return sadb.ErrExists
	case unix.ESRCH, unix.ENOENT:
		return sadb.ErrNotFound
	case unix.ENOSYS, unix.EOPNOTSUPP, unix.EPROTONOSUPPORT:
		return &sadb.UnsupportedError{Driver: "pfkey", What: fmt.Sprintf("%v of %v (%v)", m.Type, m.SAType, errno)}
	case unix.EINVAL:
		if diagnostic == pfkey.BadAuthAlgorithm || diagnostic == pfkey.BadEncryptAlgorithm {
			return &sadb.UnsupportedError{Driver: "pfkey", What: pfsa.Invalid(diagnostic).Error()}
		}
		return &sadb.InvalidError{What: m.Type.String(), Why: "the key engine refuses it: " + pfsa.Invalid(diagnostic).Error()}
	}
	return fmt.Errorf("%v: %w", m.Type, errno)
}
