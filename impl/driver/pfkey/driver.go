package pfkey

import (
	"fmt"
	"sync"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/sadb/events"
	"ikewit/impl/wire/pfkey"
)

// A Driver is the SA database of a key engine.
type Driver struct {
	socket *Socket
	kernel bool
	auth   map[uint8]bool // what the engine takes, by number
	encr   map[uint8]bool
	heard  *events.Queue[*pfkey.Message] // of the engine itself
	events chan sadb.Event

	dumping sync.Mutex // one dump at a time on a socket

	mu      sync.Mutex
	waiting map[uint32]chan *pfkey.Message
	beyond  map[sadb.ID]beyond
	asked   map[ends]*asked
	dump    *dump // nil: nobody waits for one
	gone    error // why nothing is received any more
	ended   chan struct{}
	closing sync.Once
	readers sync.WaitGroup
}

var _ sadb.Driver = (*Driver)(nil)

// Open connects to the key engine behind a UNIX seqpacket socket.
func Open(path string) (*Driver, error) {
	s, err := Dial(path)
	if err != nil {
		return nil, err
	}
	return start(s, false)
}

// OpenKernel opens the key engine of the kernel, in the network namespace of the calling thread.
func OpenKernel() (*Driver, error) {
	s, err := DialKernel()
	if err != nil {
		return nil, err
	}
	return start(s, true)
}

// start registers for the SAs that the engine will want, which tells the algorithms that it has.
func start(s *Socket, kernel bool) (*Driver, error) {
	d := &Driver{socket: s, kernel: kernel, auth: map[uint8]bool{}, encr: map[uint8]bool{},
		waiting: map[uint32]chan *pfkey.Message{}, beyond: map[sadb.ID]beyond{}, asked: map[ends]*asked{}, ended: make(chan struct{}), heard: events.New[*pfkey.Message](), events: make(chan sadb.Event)}
	d.readers.Go(d.receive)
	d.readers.Go(d.watch)
	for _, t := range []pfkey.SAType{pfkey.SATypeAH, pfkey.SATypeESP} {
		m, err := d.call(pfkey.Register, t)
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("register for %v: %w", t, err)
		}
		for _, e := range m.Extensions {
			list, _ := e.(*pfkey.Supported)
			switch {
			case list == nil:
			case list.Which == pfkey.ExtSupportedAuth:
				note(d.auth, list)
			default:
				note(d.encr, list)
			}
		}
	}
	d.encr[nullCipher] = true // which may not be listed (RFC 2367 section 2.3.8)
	return d, nil
}

// nullCipher is SADB_EALG_NULL.
const nullCipher = 11

func note(numbers map[uint8]bool, list *pfkey.Supported) {
	for _, a := range list.Algorithms {
		numbers[a.ID] = true
	}
}

// Name is "pfkey".
func (d *Driver) Name() string { return "pfkey" }

// Supports says whether the engine could hold such an SA.
func (d *Driver) Supports(sa *sadb.SA) error {
	if err := sa.CheckShape(); err != nil {
		return err
	}
	widest := uint32(pfsa.WidestWindow)
	if d.kernel {
		widest = pfsa.WidestLinuxWindow
	}
	told := d.dialect(*sa)
	if err := pfsa.Expressible("pfkey", &told, widest); err != nil {
		return err
	}
	switch {
	case told.Cipher != nil && !d.encr[pfsa.CipherNumber(told.Cipher)]:
		return &sadb.UnsupportedError{Driver: "pfkey", What: "cipher " + sa.Cipher.Name}
	case told.Integrity != nil && !d.auth[pfsa.IntegrityNumber(told.Integrity)]:
		return &sadb.UnsupportedError{Driver: "pfkey", What: "integrity " + sa.Integrity.Name}
	}
	return nil
}

// Apply does one action.
func (d *Driver) Apply(a sadb.Action) error {
	switch a := a.(type) {
	case sadb.Add:
		return d.add(&a.SA)
	case sadb.Update:
		return d.update(a.SA)
	case sadb.Delete:
		_, err := d.call(pfkey.Delete, pfsa.SAType(a.ID.Proto), pfsa.ByName(a.ID, unspecified(a.ID.Dst))...)
		if err != nil {
			return fmt.Errorf("delete %v: %w", a.ID, err)
		}
		return nil
	case sadb.AddPolicy:
		return d.addPolicy(&a.Policy)
	case sadb.DeletePolicy:
		return d.deletePolicy(a.ID)
	case sadb.Flush:
		return d.flush(a)
	}
	return &sadb.InvalidError{What: "action", Why: fmt.Sprintf("%T is not one of the actions", a)}
}

// Get gives one SA.
func (d *Driver) Get(id sadb.ID) (sadb.SA, error) {
	m, err := d.call(pfkey.Get, pfsa.SAType(id.Proto), pfsa.ByName(id, unspecified(id.Dst))...)
	if err != nil {
		return sadb.SA{}, fmt.Errorf("get %v: %w", id, err)
	}
	return d.told(m)
}

// SAs gives every SA, in the engine's order.
func (d *Driver) SAs() ([]sadb.SA, error) {
	messages, err := d.list(pfkey.Dump)
	if err != nil {
		return nil, fmt.Errorf("list SAs: %w", err)
	}
	list := make([]sadb.SA, 0, len(messages))
	for _, m := range messages {
		sa, err := d.told(m)
		if err != nil {
			return nil, fmt.Errorf("list SAs: %v: %w", m, err)
		}
		list = append(list, sa)
	}
	return list, nil
}

// Policies gives every policy, in the engine's order: one that was added for a range of addresses as its prefixes.
func (d *Driver) Policies() ([]sadb.Policy, error) {
	messages, err := d.list(pfkey.SPDDump)
	if err != nil {
		return nil, fmt.Errorf("list policies: %w", err)
	}
	list := make([]sadb.Policy, 0, len(messages))
	for _, m := range messages {
		p, err := pfsa.ReadPolicy(m)
		if err != nil {
			return nil, fmt.Errorf("list policies: %v: %w", m, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// Events delivers acquires and expiries until Close, or until the engine is gone.
func (d *Driver) Events() <-chan sadb.Event { return d.events }

// Close ends the driver. What the engine holds stays there.
func (d *Driver) Close() error {
	var err error
	d.closing.Do(func() {
		d.end(sadb.ErrClosed)
		err = d.socket.Close()
		d.readers.Wait()
		d.heard.Close()
	})
	return err
}

func (d *Driver) flush(f sadb.Flush) error {
	t := pfsa.SAType(f.Proto)
	if t == 0 && f.Proto != 0 {
		return &sadb.InvalidError{What: "flush", Why: f.Proto.String()}
	}
	if _, err := d.call(pfkey.Flush, t); err != nil {
		return fmt.Errorf("flush SAs: %w", err)
	}
	if !f.Policies {
		return nil
	}
	if _, err := d.call(pfkey.SPDFlush, 0); err != nil {
		return fmt.Errorf("flush policies: %w", err)
	}
	return nil
}

// told reads an SA out of a message of the engine.
func (d *Driver) told(m *pfkey.Message) (sadb.SA, error) {
	r, err := pfsa.Told(m)
	if err != nil {
		return sadb.SA{}, err
	}
	sa := d.undialect(r.SA)
	d.recall(&sa)
	return sa, nil
}
