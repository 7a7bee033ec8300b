package ipseckey

import (
	"fmt"
	"math"
	"strings"
	"time"

	"ikewit/impl/wire/pfkey"
)

// lifetimes are those of one message.
type lifetimes struct{ current, soft, hard *pfkey.Lifetime }

func (l *lifetimes) put(e *pfkey.Lifetime) {
	switch e.Which {
	case pfkey.ExtLifetimeHard:
		l.hard = e
	case pfkey.ExtLifetimeSoft:
		l.soft = e
	default:
		l.current = e
	}
}

// ctime writes a time as C does by default, in the local zone.
func ctime(t time.Time) string { return t.Local().Format("Mon Jan _2 15:04:05 2006") }

func unixTime(seconds uint64) time.Time { return time.Unix(int64(min(seconds, math.MaxInt32*1000)), 0) }

func (x *printer) lifetimes(l *lifetimes) {
	if l.current == nil && l.soft == nil && l.hard == nil {
		return
	}
	x.line(" LT: Lifetime information")
	if c := l.current; c != nil {
		x.line("CLT: %d bytes protected, %d allocations used.", c.Bytes, c.Allocations)
		x.moment("CLT: SA added at time %s", "CLT", c.AddTime)
		if c.UseTime != 0 {
			x.moment("CLT: SA first used at time %s", "CLT", c.UseTime)
		}
		x.moment("CLT: Time now is %s", "CLT", uint64(x.now.Unix()))
	}
	x.limits("SLT", "Soft", l.soft, l.current)
	x.limits("HLT", "Hard", l.hard, l.current)
}

// moment prints a line with a time in it, and with -v the time in seconds.
func (x *printer) moment(format, prefix string, seconds uint64) {
	x.line(format, ctime(unixTime(seconds)))
	x.raw(prefix, seconds)
}

func (x *printer) raw(prefix string, seconds uint64) {
	if x.options.Verbose {
		x.line("%s:\t(raw time value %d)", prefix, seconds)
	}
}

// limits prints a soft or hard limit and, where the usage is known, what is left of it.
func (x *printer) limits(prefix, what string, l, current *pfkey.Lifetime) {
	if l == nil {
		return
	}
	x.line("%s: %s lifetime information:  %d bytes of lifetime, %d allocations.", prefix, what, l.Bytes, l.Allocations)
	x.line("%s: %d seconds of post-add lifetime.", prefix, l.AddTime)
	x.line("%s: %d seconds of post-use lifetime.", prefix, l.UseTime)
	if current == nil {
		return
	}
	if l.Bytes != 0 {
		x.line("%s: %d more bytes can be protected.", prefix, l.Bytes-min(l.Bytes, current.Bytes))
	}
	end, ok := soonest(l, current)
	if !ok {
		return
	}
	now := uint64(x.now.Unix())
	if end > now {
		x.line("%s: %s expiration occurs in %d seconds, at %s.", prefix, what, end-now, ctime(unixTime(end)))
	} else {
		x.line("%s: %s expiration occurred at %s.", prefix, what, ctime(unixTime(end)))
	}
	x.raw(prefix, end)
}

// soonest is when the earlier of the two limits of time is reached; false: never, as it stands.
func soonest(l, current *pfkey.Lifetime) (end uint64, ok bool) {
	for _, one := range [2][2]uint64{{l.AddTime, current.AddTime}, {l.UseTime, current.UseTime}} {
		limit, since := one[0], one[1]
		if limit == 0 || since == 0 || limit > math.MaxUint64-since {
			continue
		}
		if !ok || since+limit < end {
			end, ok = since+limit, true
		}
	}
	return end, ok
}

func (x *printer) proposal(e *pfkey.Proposal) {
	x.line("PRP: Proposal, replay counter = %d.", e.Replay)
	for i, c := range e.Combinations {
		prefix := fmt.Sprintf("PRP:  Combination #%d ", i+1)
		if c.Auth != 0 {
			x.line("%sAuthentication = %s  minbits=%d, maxbits=%d.", prefix, algorithmText(authNames, c.Auth), c.AuthMinBits, c.AuthMaxBits)
		}
		if c.Encrypt != 0 {
			x.line("%sEncryption = %s  minbits=%d, maxbits=%d.", prefix, algorithmText(encryptNames, c.Encrypt), c.EncryptMinBits, c.EncryptMaxBits)
		}
		x.line("%sHARD: %s", prefix, limitsText(c.HardAllocations, c.HardBytes, c.HardAddTime, c.HardUseTime))
		x.line("%sSOFT: %s", prefix, limitsText(c.SoftAllocations, c.SoftBytes, c.SoftAddTime, c.SoftUseTime))
	}
}

// limitsText lists the limits that there are.
func limitsText(allocations uint32, octets, add, use uint64) string {
	var list []string
	put := func(name string, n uint64) {
		if n != 0 {
			list = append(list, fmt.Sprintf("%s=%d", name, n))
		}
	}
	put("alloc", uint64(allocations))
	put("bytes", octets)
	put("post-add secs", add)
	put("post-use secs", use)
	return strings.Join(list, " ")
}

func (x *printer) supported(e *pfkey.Supported) {
	prefix, what, names := "SUA", "authentication", authNames
	if e.Which == pfkey.ExtSupportedEncrypt {
		prefix, what, names = "SUE", "encryption", encryptNames
	}
	x.line("%s: Supported %s algorithms.", prefix, what)
	for _, a := range e.Algorithms {
		x.line("%s: %s minbits=%d, maxbits=%d, ivlen=%d.", prefix, algorithmText(names, a.ID), a.MinBits, a.MaxBits, a.IVLen)
	}
}
