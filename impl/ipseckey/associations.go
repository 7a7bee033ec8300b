package ipseckey

import (
	"errors"

	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// request does an add, update, delete or get: once for each destination. One that fails does not keep the others from
// being done.
func (p *Program) request(word string, words []string) error {
	r, err := readRequest(word, words, p.Names.Lookup)
	defer r.wipe()
	var pairs []ends
	if err == nil {
		pairs, err = r.pair()
	}
	if p.Engine.Traits().Kernel && (r.srcIdentity != nil || r.dstIdentity != nil) {
		r.warn("WARNING: identities are not kept by this kernel.")
		r.srcIdentity, r.dstIdentity = nil, nil
	}
	for _, w := range r.warnings {
		p.say("%s", w)
	}
	if err != nil {
		return err
	}
	var failed error
	for _, e := range pairs {
		var err error
		switch word {
		case "add":
			err = p.add(r, e)
		case "update":
			err = p.update(r, e)
		case "delete":
			_, err = p.ask(r, pfkey.Delete, e)
		case "get":
			err = p.get(r, e)
		}
		if _, ok := errors.AsType[fatal](err); ok {
			return err
		}
		if err != nil {
			failed = err
		}
	}
	return failed
}

func (p *Program) add(r *request, e ends) error {
	m := r.message(pfkey.Add, e)
	var record pfsa.Record
	if err := p.foresee(func() (err error) { record, err = pfsa.Read(m); return err }); err != nil {
		return err
	}
	if p.Engine.Traits().Complete {
		complete(m)
	}
	a, err := p.call(m)
	if err != nil {
		return err
	}
	if p.Engine.Traits().Silent {
		explain(a, &record)
	}
	return p.settle(a, e, r.sa.SPI)
}

// explain says what an engine means that lacks an algorithm, by its diagnostic.
func explain(a *pfkey.Message, r *pfsa.Record) {
	switch unix.Errno(a.Errno) {
	case unix.ENOSYS, unix.ENOENT, unix.EOPNOTSUPP:
		a.Errno, a.Diagnostic = uint8(unix.EINVAL), uint16(pfsa.Lacking(&r.SA))
	}
}

func (p *Program) get(r *request, e ends) error {
	a, err := p.ask(r, pfkey.Get, e)
	if a != nil && err == nil {
		p.show(a)
	}
	return err
}

// ask names an SA, and gives the answer; nil when there was a refusal, which has been said.
func (p *Program) ask(r *request, t pfkey.Type, e ends) (*pfkey.Message, error) {
	m := &pfkey.Message{Type: t, SAType: r.saType, Extensions: []pfkey.Extension{&pfkey.SA{SPI: r.sa.SPI}}}
	m.Extensions = appendEnds(m.Extensions, e)
	if err := p.foresee(func() error { _, _, err := pfsa.Name(m); return err }); err != nil {
		return nil, err
	}
	a, err := p.call(m)
	if err != nil {
		return nil, err
	}
	if a.Errno != 0 {
		return nil, p.settle(a, e, r.sa.SPI)
	}
	return a, nil
}

// update changes the limits that are given and keeps the others. Databases want all of them, so that the SA is read
// first.
func (p *Program) update(r *request, e ends) error {
	held, err := p.ask(r, pfkey.Get, e)
	if held == nil || err != nil {
		return err
	}
	m := r.message(pfkey.Update, e)
	for _, which := range []pfkey.ExtensionType{pfkey.ExtLifetimeHard, pfkey.ExtLifetimeSoft} {
		if l := r.merged(which, held); l != nil {
			m.Extensions = replaced(m.Extensions, l)
		}
	}
	record, err := pfsa.Told(held)
	if err != nil {
		return fatal{err}
	}
	larval := record.SA.State == sadb.Larval
	if err := p.foresee(func() error { return foreseeUpdate(m, record, larval) }); err != nil {
		return err
	}
	if p.Engine.Traits().Complete {
		if !larval {
			borrow(m, held)
		}
		complete(m)
	}
	a, err := p.call(m)
	if err != nil {
		return err
	}
	return p.settle(a, e, r.sa.SPI)
}

func foreseeUpdate(m *pfkey.Message, held pfsa.Record, larval bool) (err error) {
	if larval {
		_, err = pfsa.Read(m)
	} else {
		_, err = pfsa.Merged(m, held)
	}
	return err
}

// foresee says what an engine will refuse that does not say why itself.
func (p *Program) foresee(check func() error) error {
	if !p.Engine.Traits().Silent {
		return nil
	}
	if i, ok := errors.AsType[pfsa.Invalid](check()); ok {
		p.say("%v", refusal(unix.EINVAL, pfkey.Diagnostic(i)))
		return errReported
	}
	return nil
}

// message puts the request into a message.
func (r *request) message(t pfkey.Type, e ends) *pfkey.Message {
	sa := r.sa
	m := &pfkey.Message{Type: t, SAType: r.saType, Extensions: []pfkey.Extension{&sa}}
	if r.hard != nil {
		m.Extensions = append(m.Extensions, r.hard)
	}
	if r.soft != nil {
		m.Extensions = append(m.Extensions, r.soft)
	}
	m.Extensions = appendEnds(m.Extensions, e)
	if r.proxy != nil {
		m.Extensions = append(m.Extensions, &pfkey.Address{Which: pfkey.ExtAddressProxy, Addr: r.proxy.addrs[0], PrefixLen: r.proxy.prefix})
	}
	if r.auth != nil {
		m.Extensions = append(m.Extensions, r.auth)
	}
	if r.encrypt != nil {
		m.Extensions = append(m.Extensions, r.encrypt)
	}
	if r.srcIdentity != nil {
		m.Extensions = append(m.Extensions, r.srcIdentity)
	}
	if r.dstIdentity != nil {
		m.Extensions = append(m.Extensions, r.dstIdentity)
	}
	return m
}

func appendEnds(list []pfkey.Extension, e ends) []pfkey.Extension {
	if e.src.IsValid() {
		list = append(list, &pfkey.Address{Which: pfkey.ExtAddressSrc, Addr: e.src})
	}
	if e.dst.IsValid() {
		list = append(list, &pfkey.Address{Which: pfkey.ExtAddressDst, Addr: e.dst})
	}
	return list
}

// merged gives the limits of one kind with those of the SA where none are given; nil: there are none.
func (r *request) merged(which pfkey.ExtensionType, held *pfkey.Message) *pfkey.Lifetime {
	given, prefix := r.hard, "hard_"
	if which == pfkey.ExtLifetimeSoft {
		given, prefix = r.soft, "soft_"
	}
	old, _ := held.Find(which).(*pfkey.Lifetime)
	switch {
	case given == nil:
		return old
	case old == nil:
		return given
	}
	l := *old
	if r.given[prefix+"alloc"] {
		l.Allocations = given.Allocations
	}
	if r.given[prefix+"bytes"] {
		l.Bytes = given.Bytes
	}
	if r.given[prefix+"addtime"] {
		l.AddTime = given.AddTime
	}
	if r.given[prefix+"usetime"] {
		l.UseTime = given.UseTime
	}
	return &l
}
