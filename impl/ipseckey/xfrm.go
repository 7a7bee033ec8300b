package ipseckey

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"ikewit/impl/driver/xfrm"
	"ikewit/impl/pfsa"
	"ikewit/impl/pfserver"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// viaXFRM is a key engine in this process, over the kernel's netlink interface.
type viaXFRM struct {
	*pfserver.Port
	driver *xfrm.Driver
	server *pfserver.Server
}

func openXFRM() (Engine, error) {
	d, err := xfrm.New()
	if err != nil {
		return nil, err
	}
	s := pfserver.New(pfserver.Config{Database: d, Slow: true})
	p, err := s.Open(uint32(os.Getpid()))
	if err != nil {
		return nil, err
	}
	return &viaXFRM{p, d, s}, nil
}

// Traits: what others do comes by netlink, not through our own engine.
func (v *viaXFRM) Traits() Traits { return Traits{Kernel: true, Watch: watchXFRM} }

func (v *viaXFRM) Receive(deadline time.Time) ([]byte, error) {
	ctx := context.Background()
	if !deadline.IsZero() {
		limited, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		ctx = limited
	}
	octets, err := v.Port.Receive(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, os.ErrDeadlineExceeded
	}
	return octets, err
}

func (v *viaXFRM) Close() error {
	err := errors.Join(v.Port.Close(), v.driver.Close())
	v.server.Close()
	return err
}

// watching receives what the kernel tells of its databases, in PF_KEY messages.
type watching struct {
	*xfrm.Watcher
	active bool
	pid    uint32
}

func watchXFRM(active bool) (Engine, error) {
	w, err := xfrm.Watch(active)
	if err != nil {
		return nil, err
	}
	return &watching{w, active, uint32(os.Getpid())}, nil
}

func (w *watching) Traits() Traits { return Traits{Kernel: true} }

// Send is not for a watcher.
func (w *watching) Send([]byte) error { return errors.New("a monitor sends nothing") }

func (w *watching) Receive(time.Time) ([]byte, error) {
	n, err := w.Next()
	if err != nil {
		return nil, fmt.Errorf("XFRM: %w", err)
	}
	return w.message(n).Append(nil), nil
}

// message says a notice of the kernel as PF_KEY would. Keys are for active listeners. What PF_KEY has no message for goes as an
// extension that nobody knows.
func (w *watching) message(n xfrm.Notice) *pfkey.Message {
	m := &pfkey.Message{Version: pfkey.V2, Seq: n.Seq, PID: w.pid}
	parts := pfsa.WithHard | pfsa.WithSoft | pfsa.WithRest
	if w.active {
		parts |= pfsa.WithKeys
	}
	r := pfsa.Record{SA: n.SA}
	switch n.Kind {
	case xfrm.Added, xfrm.Updated:
		m.Type, m.SAType, m.Extensions = pfkey.Add, pfsa.SAType(n.SA.Proto), r.Extensions(parts)
		if n.Kind == xfrm.Updated {
			m.Type = pfkey.Update
		}
	case xfrm.Deleted:
		m.Type, m.SAType, m.Extensions = pfkey.Delete, pfsa.SAType(n.SA.Proto), pfsa.ByName(n.SA.ID(), n.SA.Src)
	case xfrm.Flushed:
		m.Type, m.SAType = pfkey.Flush, pfsa.SAType(n.SA.Proto)
	case xfrm.Expired:
		limit := pfsa.WithSoft
		if n.Hard {
			limit = pfsa.WithHard
		}
		m.Type, m.SAType, m.Extensions = pfkey.Expire, pfsa.SAType(n.SA.Proto), r.Extensions(pfsa.WithCurrent|limit)
	case xfrm.Acquired:
		m.Type, m.SAType, m.Extensions = pfkey.Acquire, pfsa.SAType(n.Acquire.Template.Proto), pfsa.Asked(located(n.Acquire))
	default:
		m.Type = otherTypes[n.Type]
		body := make([]byte, (len(n.Body)+4+7)/8*8-4)
		copy(body, n.Body)
		m.Extensions = []pfkey.Extension{&pfkey.Raw{Which: pfkey.ExtensionType(0xff00 | n.Type), Body: body}}
	}
	return m
}

// located makes sure that a request has addresses to be told.
func located(a sadb.Acquire) sadb.Acquire {
	if a.Packet.Src.IsAny() {
		a.Packet.Src = sadb.RangeOf(a.Template.Src)
	}
	if a.Packet.Dst.IsAny() {
		a.Packet.Dst = sadb.RangeOf(a.Template.Dst)
	}
	return a
}

// otherTypes are the messages of XFRM that Linux's PF_KEY has too: NEWPOLICY, DELPOLICY, UPDPOLICY, POLEXPIRE, FLUSHPOLICY, MAPPING.
var otherTypes = map[uint16]pfkey.Type{0x13: pfkey.SPDAdd, 0x14: pfkey.SPDDelete, 0x19: pfkey.SPDUpdate, 0x1b: pfkey.SPDExpire,
	0x1d: pfkey.SPDFlush, 0x26: pfkey.NATTNewMapping}
