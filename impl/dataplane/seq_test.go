package dataplane

import (
	"fmt"
	"testing"

	"ikewit/impl/sadb"
)

// numbered gives packets of the peer by number.
func (p *pair) numbered(seq uint64) []byte { return p.ref(seq, p.datagram(40)).seal() }

// takes and replays check one number.
func (p *pair) takes(seq uint64) {
	p.t.Helper()
	p.opens(fmt.Sprintf("number %d", seq), p.numbered(seq), p.datagram(40))
}

func (p *pair) replays(seq uint64) {
	p.t.Helper()
	p.refuses(fmt.Sprintf("number %d", seq), p.numbered(seq), Replayed)
}

var ahSHA1 = shape{integrity: "hmac-sha1-96", window: 64}

// both runs a test for ESP, AH and an AEAD.
func both(t *testing.T, test func(t *testing.T, f shape)) {
	for _, f := range []shape{aesSHA1, ahSHA1, {cipher: "aes-gcm-16", window: 64}, {integrity: "hmac-sha256-128", tunnel: true, outer6: true, window: 64}} {
		name := f.cipher + f.integrity
		t.Run(name, func(t *testing.T) { test(t, f) })
	}
}

func TestIPS_SEQ_01_ReplayIsDropped(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		p := newPair(t, f.sa())
		p.takes(1)
		p.replays(1)
		if u, _ := p.in.Usage(p.sa.ID()); u.ReplayDrops != 1 || u.Packets != 1 {
			t.Errorf("usage is %+v", u)
		}
	})
}

func TestIPS_SEQ_02_03_ReverseWithinTheWindow(t *testing.T) {
	for _, size := range []uint64{32, 64} {
		f := aesSHA1
		f.window = uint32(size)
		p := newPair(t, f.sa())
		for seq := size; seq > 0; seq-- {
			p.takes(seq)
		}
		for seq := size; seq > 0; seq-- {
			p.replays(seq)
		}
	}
}

func TestIPS_SEQ_04_05_EdgeOfTheWindow(t *testing.T) {
	for _, size := range []uint64{32, 64, 128, 1024, 4096} {
		f := aesSHA1
		f.window = uint32(size)
		p := newPair(t, f.sa())
		p.takes(5000)
		p.replays(5000 - size)
		p.takes(5000 - size + 1)
	}
}

func TestIPS_SEQ_06_Jump(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	p.takes(10)
	p.takes(100000)
	p.takes(100001)
	p.replays(11)
}

func TestIPS_SEQ_07_NumberZero(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		p := newPair(t, f.sa())
		p.replays(0)
		p.takes(1)
	})
}

func TestIPS_SEQ_08_ForgeryTakesNoNumber(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		p := newPair(t, f.sa())
		p.takes(10)
		forged := p.numbered(8)
		forged[len(forged)-1] ^= 1
		p.refuses("forged", forged, BadICV)
		p.takes(8)
		p.takes(9)
	})
}

func TestIPS_SEQ_09_NumberNeverWraps(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		sa := f.sa()
		sa.Current.Seq = 1<<32 - 3
		p := newPair(t, sa)
		for _, want := range []uint32{1<<32 - 2, 1<<32 - 1} {
			o, err := refOpen(&p.sa, p.seal1(p.datagram(9)), 0)
			if err != nil || o.seq != want {
				t.Errorf("number %x, %v, want %x", o.seq, err, want)
			}
		}
		for round := range 3 {
			if list := p.seal(p.datagram(9)); len(list) != 0 {
				t.Errorf("after the last number: %x", list)
			}
			if told := len(p.r.Used) == 1 && p.r.Used[0].Spent && p.r.Used[0].ID == sa.ID(); told != (round == 0) {
				t.Errorf("round %d: told %+v", round, p.r.Used)
			}
			if asked := len(p.r.Acquires) == 1; asked != (round == 0) {
				t.Errorf("round %d: %d acquires", round, len(p.r.Acquires))
			}
		}
	})
}

func TestIPS_SEQ_10_OverflowFlag(t *testing.T) {
	f := aesSHA1
	f.window = 0
	sa := f.sa()
	sa.NoOverflow = true
	sa.Current.Seq = 1<<32 - 2
	p := newPair(t, sa)
	for _, want := range []uint32{1<<32 - 1, 0, 1} {
		packet := p.seal1(p.datagram(9))
		o, err := refOpen(&p.sa, packet, 0)
		if err != nil || o.seq != want {
			t.Errorf("number %x, %v, want %x", o.seq, err, want)
		}
		p.opens("after the wrap", packet, p.datagram(9))
	}
}

// The database hears of it in time to make a new SA.
func TestIPS_SEQ_09_RunningLowIsTold(t *testing.T) {
	sa := aesSHA1.sa()
	sa.Current.Seq = sadb.LowNumbers - 2
	p := newPair(t, sa)
	var table sadb.Table
	if err := table.Apply(start, sadb.Add{SA: sa}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		p.seal1(p.datagram(9))
		if told := len(p.r.Used) == 1; told != (i == 1) {
			t.Errorf("packet %d: told %+v", i, p.r.Used)
		}
		for _, u := range p.r.Used {
			events := table.Used(start, u.ID, u.Usage)
			if len(events) != 1 || events[0].(sadb.Expire).Hard {
				t.Errorf("events %v", events)
			}
		}
	}
}

func TestIPS_SEQ_11_NoReplayCheckWithoutAuthentication(t *testing.T) {
	for _, f := range []shape{{cipher: "aes", window: 64}, {cipher: "des-iv64", window: 64}, {cipher: "des-iv64", integrity: "hmac-md5-96", window: 64}} {
		p := newPair(t, f.sa())
		for _, seq := range []uint64{5, 5, 1, 0, 5} {
			p.takes(seq)
		}
	}
}

func TestIPS_SEQ_13_NewSAStartsAtOne(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	for range 5 {
		p.seal1(p.datagram(9))
	}
	second := p.sa
	second.SPI++
	p.out.Put(&second)
	o, err := refOpen(&second, p.seal1(p.datagram(9)), 0)
	if err != nil || o.seq != 1 {
		t.Errorf("number %d, %v", o.seq, err)
	}
	p.out.Remove(second.ID())
	if o, err = refOpen(&p.sa, p.seal1(p.datagram(9)), 0); err != nil || o.seq != 6 {
		t.Errorf("the old SA goes on with number %d, %v", o.seq, err)
	}
}

func TestIPS_SEQ_14_17_WindowSizes(t *testing.T) {
	for _, size := range []uint32{0, 32, 64, 128, 1024} {
		f := aesSHA1
		f.window = size
		p := newPair(t, f.sa())
		p.takes(3000)
		if size == 0 { // the default
			p.takes(3000)
			p.takes(1)
			p.takes(0)
			continue
		}
		p.replays(3000)
		p.replays(3000 - uint64(size))
		p.takes(3001 - uint64(size))
	}
}

func TestIPS_SEQ_15_ExtendedNumbersGoOn(t *testing.T) {
	both(t, func(t *testing.T, f shape) {
		f.esn = true
		sa := f.sa()
		sa.Current.Seq = 1<<32 - 4
		p := newPair(t, sa)
		var packets [][]byte
		for i := range uint64(8) {
			packet := p.seal1(p.datagram(40))
			seq := sa.Current.Seq + 1 + i
			if o, err := refOpen(&p.sa, packet, uint32(seq>>32)); err != nil || o.seq != uint32(seq) {
				t.Errorf("number %x, %v, want %x", o.seq, err, seq)
			}
			packets = append(packets, packet)
		}
		for _, i := range []int{0, 5, 1, 7, 2, 3, 4, 6} { // in any order, across the wrap
			p.opens(fmt.Sprint("packet ", i), packets[i], p.datagram(40))
			p.refuses(fmt.Sprint("packet ", i, " again"), packets[i], Replayed)
		}
	})
}

func TestIPS_SEQ_16_ForgeryOfTheNextRound(t *testing.T) {
	f := aesSHA1
	f.esn = true
	sa := f.sa()
	sa.Current.Seq = 5<<32 + 1000
	p := newPair(t, sa)
	low := p.ref(5<<32+900, p.datagram(40)).seal() // 900 is below the window: taken for 6<<32 + 900
	p.refuses("below the window", low, BadICV)
	p.takes(5<<32 + 1002)
	p.takes(5<<32 + 1001)
	if u, _ := p.in.Usage(sa.ID()); u.Seq != 5<<32+1002 {
		t.Errorf("highest number is %x", u.Seq)
	}
}
