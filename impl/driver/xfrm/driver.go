package xfrm

import (
	"fmt"
	"sync"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
)

// A Driver is the SA database of one network namespace in the Linux kernel.
type Driver struct {
	mu      sync.Mutex // one request at a time on the socket
	socket  *nl.SocketHandle
	monitor *monitor

	closeOnce sync.Once
	closeErr  error
}

var _ sadb.Driver = (*Driver)(nil)

// New opens the XFRM socket of the namespace that the calling thread is in, and listens to acquires, expiries and
// mappings. It fails where the kernel has no XFRM or we lack CAP_NET_ADMIN. Whether the kernel has ESP and AH is another
// question: see Probe.
func New() (*Driver, error) {
	socket, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_XFRM)
	if err != nil {
		return nil, fmt.Errorf("open XFRM netlink socket: %w", explain(err))
	}
	m, err := listen()
	if err != nil {
		socket.Close()
		return nil, fmt.Errorf("listen to XFRM events: %w", explain(err))
	}
	return &Driver{socket: &nl.SocketHandle{Socket: socket}, monitor: m}, nil
}

// Name is "xfrm".
func (d *Driver) Name() string { return "xfrm" }

// Events delivers acquires, expiries and mappings until Close.
func (d *Driver) Events() <-chan sadb.Event { return d.monitor.queue.Out() }

// Close ends the driver. What is in the kernel stays there.
func (d *Driver) Close() error {
	d.closeOnce.Do(func() {
		d.closeErr = d.monitor.close()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.socket.Close()
		d.socket = nil
	})
	return d.closeErr
}

// Apply does one action.
func (d *Driver) Apply(a sadb.Action) error {
	switch a := a.(type) {
	case sadb.Add:
		return d.putSA(nl.XFRM_MSG_NEWSA, &a.SA)
	case sadb.Update:
		return d.putSA(nl.XFRM_MSG_UPDSA, &a.SA)
	case sadb.Delete:
		return d.deleteSA(a.ID)
	case sadb.AddPolicy:
		return d.putPolicy(&a.Policy)
	case sadb.DeletePolicy:
		return d.deletePolicy(a.ID)
	case sadb.Flush:
		return d.flush(a)
	}
	return &sadb.InvalidError{What: "action", Why: fmt.Sprintf("%T is not one of the actions", a)}
}

func (d *Driver) flush(f sadb.Flush) error {
	if _, err := d.request(nl.XFRM_MSG_FLUSHSA, unix.NLM_F_ACK, 0, &nl.XfrmUsersaFlush{Proto: uint8(f.Proto)}); err != nil {
		if err := explain(err); !isNotFound(err) { // an empty database is flushed
			return fmt.Errorf("flush SAs: %w", err)
		}
	}
	if !f.Policies {
		return nil
	}
	if _, err := d.request(nl.XFRM_MSG_FLUSHPOLICY, unix.NLM_F_ACK, 0); err != nil {
		if err := explain(err); !isNotFound(err) {
			return fmt.Errorf("flush policies: %w", err)
		}
	}
	return nil
}

// request sends one message and gives the bodies of the answers of the wanted type (0: of any).
func (d *Driver) request(message, flags int, answer uint16, parts ...nl.NetlinkRequestData) ([][]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.socket == nil {
		return nil, sadb.ErrClosed
	}
	r := nl.NewNetlinkRequest(message, flags)
	r.Sockets = map[int]*nl.SocketHandle{unix.NETLINK_XFRM: d.socket}
	for _, part := range parts {
		r.AddData(part)
	}
	return r.Execute(unix.NETLINK_XFRM, answer)
}
