package world

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"ikewit/harness/peer/ipseckey"
	"ikewit/impl/sadb"
)

// Watch starts ipseckey monitor or pmonitor on a host.
func (w *World) Watch(ctx context.Context, name, word string) error {
	p, err := w.KeyingAt(ctx, name, "")
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, patience, "ipseckey "+word+" on "+name+" begins")
	defer cancel()
	return p.Monitor(ctx, word)
}

// keyedByHand gives the database of a host that has one.
func (w *World) keyedByHand(name string) (*ipseckey.Peer, error) {
	if p := w.byHand(name); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s is not keyed by hand", name)
}

// Shown waits until the monitor of a host has printed messages in this order; others may be between: "ADD ESP 0x1001, EXPIRE ESP
// 0x1001 soft". What ends before the SPI means any.
func (w *World) Shown(ctx context.Context, name, order string) error {
	p, err := w.keyedByHand(name)
	if err != nil {
		return err
	}
	var want []string
	for x := range strings.SplitSeq(order, ",") {
		want = append(want, strings.TrimSpace(x))
	}
	w.judged.perishable = w.judged.perishable || strings.Contains(order, "EXPIRE")
	ctx, cancel := within(ctx, patience, "the monitor of "+name+" shows it")
	defer cancel()
	if p.Journal().Until(ctx, func() bool { return toldInOrder(p.Told(), want) }) != nil {
		return &Mismatch{Code: "monitor", What: "what the monitor of " + name + " shows", Expected: strings.Join(want, ", "), Actual: strings.Join(p.Told(), ", ")}
	}
	return nil
}

func toldInOrder(told, want []string) bool {
	for _, x := range told {
		if len(want) > 0 && (x == want[0] || strings.HasPrefix(x, want[0]+" 0x")) {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// NotShown checks that the monitor of a host has not printed a message.
func (w *World) NotShown(name, what string) error {
	p, err := w.keyedByHand(name)
	if err == nil && slices.Contains(p.Told(), what) {
		err = &Mismatch{Code: "monitor", What: "what the monitor of " + name + " shows", Expected: "no " + what, Actual: strings.Join(p.Told(), ", ")}
	}
	return err
}

// NoKeyShown checks that the monitor of a host has printed no digits of a key, written or negotiated.
func (w *World) NoKeyShown(name string) error {
	p, err := w.keyedByHand(name)
	if err != nil {
		return err
	}
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	for _, sa := range e.Wire {
		for _, key := range [][]byte{sa.Key, sa.AuthKey} {
			if len(key) > 0 && p.Journal().Has(0, fmt.Sprintf("%x", key)) {
				return &Mismatch{Code: "monitor", What: "what the monitor of " + name + " shows", Expected: "keys as X", Actual: "a key"}
			}
		}
	}
	return nil
}

// Becomes waits until ipseckey get says that an SA of the command files is in a state: mature, dying, or gone.
func (w *World) Becomes(ctx context.Context, name, spi, state string) error {
	p, err := w.keyedByHand(name)
	if err != nil {
		return err
	}
	words, err := w.wordsFor(spi)
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, patience, "the SA "+spi+" of "+name+" becomes "+state)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := p.Words(strings.Join(words, " "), words)
		if err != nil {
			return err
		}
		now := stateIn(r)
		if now == state {
			w.judged.perishable = true
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return &Mismatch{Code: "sa-state", What: "state of the SA " + spi + " of " + name, Expected: state, Actual: now}
		}
	}
}

// wordsFor is the command that looks an SA up by its SPI.
func (w *World) wordsFor(spi string) ([]string, error) {
	for _, sa := range w.keying.sas {
		if fmt.Sprintf("%#x", sa.SPI) == spi {
			return []string{"get", strings.ToLower(sa.Protocol.String()), "spi", spi, "dst", sa.Dst.String()}, nil
		}
	}
	return nil, fmt.Errorf("no command file adds an SA of SPI %s", spi)
}

// stateIn reads the report of get.
func stateIn(r ipseckey.Result) string {
	if r.Status != 0 && strings.Contains(r.Err, "does not exist.") {
		return "gone"
	}
	if _, after, ok := strings.Cut(r.Out, " state="); ok {
		state, _, _ := strings.Cut(after, "\n")
		return strings.ToLower(state)
	}
	return strings.TrimSpace(r.Out + r.Err)
}

// SaveFlushLoad saves the SAs of a host, flushes them, loads the file, and compares: the SAs field by field, and what is
// saved then octet by octet.
func (w *World) SaveFlushLoad(ctx context.Context, name string) error {
	p, err := w.keyedByHand(name)
	if err != nil {
		return err
	}
	before, err := heldBy(p)
	if err != nil {
		return err
	}
	first, again := p.Path("saved"), p.Path("again")
	for _, line := range []string{"save all " + first, "flush"} {
		if err := w.typeWell(p, line); err != nil {
			return err
		}
	}
	if left, err := heldBy(p); err != nil || len(left) > 0 {
		return errors.Join(err, sadMismatch("SAs of "+name+" after the flush", "none", strings.Join(left, "; ")))
	}
	for _, line := range []string{"load " + first, "save all " + again} {
		if err := w.typeWell(p, line); err != nil {
			return err
		}
	}
	after, err := heldBy(p)
	if err != nil {
		return err
	}
	if i := differ(before, after); i >= 0 || len(before) == 0 {
		return sadMismatch("SAs of "+name+" after save, flush and load", at(before, i), at(after, i))
	}
	one, err1 := os.ReadFile(first)
	two, err2 := os.ReadFile(again)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	a, b := strings.Split(string(one), "# begin assoc\n"), strings.Split(string(two), "# begin assoc\n")
	if k := p.Kernel(); k == "xfrm" || k == "pfkey" { // a kernel has no order
		slices.Sort(a)
		slices.Sort(b)
	}
	if i := differ(a, b); i >= 0 {
		return sadMismatch("octets of the saved file after the load", fmt.Sprintf("those of before (%d)", len(one)), fmt.Sprintf("SA %d differs (%d)", i, len(two)))
	}
	return nil
}

func (w *World) typeWell(p *ipseckey.Peer, line string) error {
	words := strings.Fields(line)
	r, err := p.Words(words[0], words)
	w.keep(p.Host(), r)
	if err == nil && r.Status != 0 {
		err = &Mismatch{Code: "exit-status", What: "ipseckey " + words[0] + " on " + p.Host(), Expected: "0", Actual: fmt.Sprintf("%d: %s", r.Status, strings.TrimSpace(r.Err))}
	}
	return err
}

func sadMismatch(what, expected, actual string) error {
	return &Mismatch{Code: "sad", What: what, Expected: expected, Actual: actual}
}

// differ gives the first place at which two lists differ; -1: nowhere.
func differ(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if at(a, i) != at(b, i) {
			return i
		}
	}
	return -1
}

func at(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return "nothing"
	}
	return list[i]
}

// heldBy lists the SAs of a database, each as its fields but for what passes: use, and the times of it. Keys are told by a digest, so that
// they can be compared and not be read.
func heldBy(p *ipseckey.Peer) ([]string, error) {
	list, ok, err := p.SAs()
	if err != nil || !ok {
		return nil, err
	}
	var texts []string
	for _, sa := range list {
		texts = append(texts, strings.Join(fieldsOf(sa), " "))
	}
	slices.Sort(texts)
	return texts, nil
}

// passing are the fields of an SA that say what became of it, or that a database derives for itself.
var passing = []string{"Current", "Direction", "ReqID"}

func fieldsOf(sa sadb.SA) []string {
	v := reflect.ValueOf(sa)
	fields := []string{sa.String()}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch {
		case slices.Contains(passing, name):
		case name == "Cipher" || name == "Integrity": // in the text already
		case name == "CipherKey" || name == "AuthKey":
			fields = append(fields, fmt.Sprintf("%s=%s", name, digest(v.Field(i).Bytes())))
		default:
			fields = append(fields, fmt.Sprintf("%s=%v", name, v.Field(i).Interface()))
		}
	}
	return fields
}

func digest(key []byte) string {
	sum := sha256.Sum256(key)
	return fmt.Sprintf("%d octets, digest %x", len(key), sum[:8])
}

// SameSAD compares the databases of two hosts, field by field.
func (w *World) SameSAD(one, other string) error {
	var lists [2][]string
	var kernels []string
	for i, name := range []string{one, other} {
		p, err := w.keyedByHand(name)
		if err != nil {
			return err
		}
		kernels = append(kernels, name+" ("+p.Kernel()+")")
		if lists[i], err = heldBy(p); err != nil {
			return err
		}
	}
	if i := differ(lists[0], lists[1]); i >= 0 || len(lists[0]) == 0 {
		return sadMismatch("SAs of "+strings.Join(kernels, " and of "), at(lists[0], i), at(lists[1], i))
	}
	return nil
}
