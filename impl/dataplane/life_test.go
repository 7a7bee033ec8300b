package dataplane

import (
	"testing"
	"time"

	"ikewit/impl/sadb"
)

// IPS-LIFE-02, 09: nothing is sent and nothing accepted when the time is over, whether the database has
// noticed or not.
func TestIPS_LIFE_02_Time(t *testing.T) {
	for _, use := range []bool{false, true} {
		both(t, func(t *testing.T, f shape) {
			sa := f.sa()
			at := start
			if sa.Hard.Add = time.Minute; use {
				sa.Hard.Add, sa.Hard.Use = 0, time.Minute
				at = start.Add(time.Hour)
			}
			p := newPair(t, sa)
			p.now = at
			packets := [][]byte{p.seal1(p.datagram(1)), p.seal1(p.datagram(2)), p.seal1(p.datagram(3))}
			if told := len(p.r.Used) > 0; told && !use {
				t.Errorf("told %+v", p.r.Used)
			}
			p.opens("at once", packets[0], p.datagram(1))
			if told := len(p.r.Used) == 1; told != use {
				t.Errorf("the first use is told: %v", told)
			}
			p.now = at.Add(time.Minute - 1)
			p.seal1(p.datagram(1))
			p.opens("in time", packets[1], p.datagram(2))
			p.now = at.Add(time.Minute)
			if got := p.seal(p.datagram(1)); len(got) != 0 || len(p.r.Acquires) != 1 {
				t.Errorf("after the end: %d packets, %d requests", len(got), len(p.r.Acquires))
			}
			p.refuses("after the end", packets[2], Spent)
			if len(p.r.Used) != 1 || !p.r.Used[0].Spent {
				t.Errorf("told %+v", p.r.Used)
			}
			p.refuses("and later", packets[2], Spent)
			if len(p.r.Used) != 0 {
				t.Errorf("told again %+v", p.r.Used)
			}
		})
	}
}

// IPS-LIFE-03, 12: 100 kilobytes of text, padding included; each end counts for itself. What counts is what
// the algorithm ran over: with ESP the text and its trailer, with AH the packet.
func TestIPS_LIFE_03_12_Octets(t *testing.T) {
	for _, row := range []struct {
		shape
		run uint64 // octets that count for a packet with 1000 octets of UDP payload
	}{
		{aesSHA1, 1024}, {shape{cipher: "null", integrity: "hmac-sha1-96", window: 64}, 1012},
		{aesTunnel, 1040}, {ahSHA1, 1028 + 24}, {shape{cipher: "aes-gcm-16", window: 64}, 1012},
	} {
		sa := row.sa()
		sa.Hard.Octets, sa.Soft.Octets = 100*1024, 90*1024
		p := newPair(t, sa)
		sent, soft := uint64(0), 0
		for range 200 {
			got := p.seal(p.datagram(1000))
			for _, u := range p.r.Used {
				switch {
				case !u.Spent && u.Usage.Octets < sa.Soft.Octets:
					t.Errorf("%+v: told at %d octets", row, u.Usage.Octets)
				case !u.Spent && u.Usage.Octets < sa.Hard.Octets:
					soft++
				case soft != 1:
					t.Errorf("%+v: the end comes after %d warnings", row, soft)
				}
			}
			if len(got) == 0 {
				break
			}
			sent++
			p.opens("in time", got[0], p.datagram(1000))
		}
		u, _ := p.out.Usage(sa.ID())
		if want := sa.Hard.Octets / row.run; sent != want || u.Octets != sent*row.run || u.Packets != sent {
			t.Errorf("%+v: %d packets, want %d; usage %+v", row, sent, want, u)
		}
		if in, _ := p.in.Usage(sa.ID()); in.Octets != u.Octets || in.Packets != u.Packets {
			t.Errorf("%+v: the receiver counts %+v, the sender %+v", row, in, u)
		}
	}
}

func TestIPS_LIFE_03_ReceiverCountsForItself(t *testing.T) {
	sa := aesSHA1.sa()
	sa.Hard.Packets = 3
	p := newPair(t, sa)
	for seq := uint64(1); seq <= 3; seq++ {
		forged := p.numbered(seq + 10)
		forged[len(forged)-1] ^= 1
		p.refuses("a forgery does not count", forged, BadICV)
		p.takes(seq)
	}
	if len(p.r.Used) != 1 {
		t.Errorf("at the limit: told %+v", p.r.Used)
	}
	p.refuses("beyond", p.numbered(4), Spent)
}

// IPS-LIFE-04: whichever comes first.
func TestIPS_LIFE_04_FirstOfTimeAndOctets(t *testing.T) {
	for _, octets := range []bool{false, true} {
		sa := aesSHA1.sa()
		sa.Hard = sadb.Limits{Octets: 3000, Add: time.Minute}
		p := newPair(t, sa)
		p.seal1(p.datagram(1000))
		p.seal1(p.datagram(1000))
		if octets {
			if len(p.seal(p.datagram(1000))) != 0 {
				t.Error("beyond the octets")
			}
			continue
		}
		p.now = start.Add(time.Minute)
		if len(p.seal(p.datagram(10))) != 0 {
			t.Error("beyond the time")
		}
	}
}

// IPS-LIFE-05, 06: after the soft limit the SA works on, after the hard one nothing leaves in clear. A second
// SA takes over without losing a packet.
func TestIPS_LIFE_05_06_SoftAndHard(t *testing.T) {
	sa := aesSHA1.sa()
	sa.Soft.Packets, sa.Hard.Packets = 3, 5
	p := newPair(t, sa)
	for i := range 5 {
		p.seal1(p.datagram(1))
		if told := len(p.r.Used); told != map[int]int{2: 1}[i] && i != 4 {
			t.Errorf("packet %d: told %d times", i, told)
		}
	}
	second := sa
	second.SPI++
	p.out.Put(&second)
	p.out.Remove(second.ID())
	if got := p.seal(p.datagram(1)); len(got) != 0 {
		t.Errorf("beyond the hard limit: %x", got)
	}
	p.out.Put(&second)
	p.seal1(p.datagram(1))
}

// When the newest SA is spent in the middle of a flow, the older one that still lives goes on, with the same
// packet.
func TestSpentSAGivesWayToAnother(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	second := p.sa
	second.SPI, second.Hard.Packets = 0x2222, 2
	p.out.Put(&second)
	for i := range 4 {
		o, err := refOpen(&second, p.seal1(p.datagram(1)), 0)
		if used := err == nil; used != (i < 2) {
			t.Errorf("packet %d: %v %v", i, o.seq, err)
		}
	}
	if c := p.out.Counters(); c.Packets != 4 || len(c.Drops()) != 0 {
		t.Errorf("counted %+v", c)
	}
}

// IPS-LIFE-14: fragments of a datagram that wait when the limit passes are not delivered.
func TestIPS_LIFE_14_WaitingFragments(t *testing.T) {
	sa := aesSHA1.sa()
	sa.Hard.Add = 5 * time.Second
	p := newPair(t, sa)
	var parts [][]byte
	for _, b := range cutDatagram(t, p.datagram(3000), 1400) {
		parts = append(parts, b.Packet())
	}
	for i, part := range parts {
		if i == len(parts)-1 {
			p.now = start.Add(5 * time.Second)
		}
		if got := p.seal(part); len(got) != 0 {
			t.Errorf("fragment %d: %d packets", i, len(got))
		}
	}
}

func TestUpdateMovesTheLimits(t *testing.T) {
	sa := aesSHA1.sa()
	sa.Hard.Packets = 2
	p := newPair(t, sa)
	p.seal1(p.datagram(1))
	sa = p.sa
	sa.Hard.Packets = 4
	p.out.Put(&sa)
	sent := 1
	for range 9 {
		sent += len(p.seal(p.datagram(1)))
	}
	if sent != 4 {
		t.Errorf("%d packets", sent)
	}
	if u, _ := p.out.Usage(sa.ID()); u.Seq != 4 {
		t.Errorf("usage %+v", u)
	}
}

func TestUsage(t *testing.T) {
	p := newPair(t, aesSHA1.sa())
	p.now = start.Add(7 * time.Second)
	p.opens("one", p.seal1(p.datagram(1)), p.datagram(1))
	for name, usage := range map[string]func(sadb.ID) (sadb.Usage, bool){"out": p.out.Usage, "in": p.in.Usage} {
		u, ok := usage(p.sa.ID())
		want := sadb.Usage{Octets: 16, Packets: 1, Added: start, FirstUse: p.now, Seq: 1}
		if !ok || u != want {
			t.Errorf("%s: %+v, want %+v", name, u, want)
		}
		if _, ok := usage(sadb.ID{SPI: 1}); ok {
			t.Errorf("%s: usage of an SA that is not there", name)
		}
	}
}
