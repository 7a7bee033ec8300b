package steps

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"ikewit/harness/world"
)

// forgeryRows are the sentences about packets that the harness puts on the wire.
func forgeryRows(s *scenario) []row {
	return append([]row{
		{"packet {int} from {host} to {host} is sent again {int} time(s)", arranges, "the n-th packet in an SA, unchanged", func(ctx context.Context, n int, from, to string, times int) error {
			return s.w.Replay(ctx, from, to, n, times)
		}},
		{"a packet from {host} to {host} is forged: sequence number {int}", arranges, "with a good ICV: the peer might have sent it", func(ctx context.Context, from, to string, seq int) error {
			return s.w.Forge(ctx, from, to, world.Forgery{Seq: uint32(seq)})
		}},
		{"a packet from {host} to {host} is forged: sequence number {int}, one bit of the {word} flipped", arranges, "ICV, IV, ciphertext or payload", func(ctx context.Context, from, to string, seq int, part string) error {
			return s.w.Forge(ctx, from, to, world.Forgery{Seq: uint32(seq), Flip: part})
		}},
		{"a packet from {host} to {host} is forged: SPI {word}", arranges, "eight hex digits", func(ctx context.Context, from, to, spi string) error {
			n, err := strconv.ParseUint(spi, 16, 32)
			if err != nil {
				return fmt.Errorf("SPI %q: write eight hex digits", spi)
			}
			return s.w.Forge(ctx, from, to, world.Forgery{SPI: uint32(n)})
		}},
		{"a clear ping from {host} to {host} is put on the wire", arranges, "what should have been protected", func(ctx context.Context, from, to string) error {
			return s.w.ClearPing(ctx, from, to)
		}},
		{"the copies crossed the wire", guards, "the tap saw them", func() error { return s.w.ForgeriesSeen() }},
		{"the forgery crossed the wire", guards, "the tap saw it", func() error { return s.w.ForgeriesSeen() }},
		{"{host} counted {int} replayed packet(s)", proves, "the counter of its inbound SA", func(host string, n int) error { return s.w.Replays(host, n) }},
		{"{host} counted {int} packet(s) with a wrong ICV", proves, "the counter of its inbound SA", func(host string, n int) error { return s.w.WrongICVs(host, n) }},
	}, udpForgeryRows(s)...)
}

// udpForgeryRows are those about ESP in UDP, and about what is inside.
func udpForgeryRows(s *scenario) []row {
	return []row{
		{"a packet from {host} to {host} is forged: sequence number {int}, with a UDP checksum", arranges, "a correct one, where senders leave it out", func(ctx context.Context, from, to string, seq int) error {
			return s.w.Forge(ctx, from, to, world.Forgery{Seq: uint32(seq), Checksum: true})
		}},
		{"a packet from {host} to {host} is forged: sequence number {int}, from port {int}", arranges, "ESP in UDP, with a good ICV: as if a NAT had changed its mind", func(ctx context.Context, from, to string, seq, port int) error {
			return s.w.Forge(ctx, from, to, world.Forgery{Seq: uint32(seq), Port: uint16(port)})
		}},
		{"a packet from {host} to {host} is forged: sequence number {int}, from port {int}, one bit of the {word} flipped", arranges, "ESP in UDP", func(ctx context.Context, from, to string, seq, port int, part string) error {
			return s.w.Forge(ctx, from, to, world.Forgery{Seq: uint32(seq), Port: uint16(port), Flip: part})
		}},
		{"a packet from {host} to {host} is forged: sequence number {int}, inside from {word}", arranges, "another source address of what is inside; without cipher", func(ctx context.Context, from, to string, seq int, a string) error {
			addr, err := netip.ParseAddr(a)
			if err != nil {
				return err
			}
			return s.w.Forge(ctx, from, to, world.Forgery{Seq: uint32(seq), Inner: world.From(addr)})
		}},
		{"a packet from {host} to {host} is forged: sequence number {int}, inside a TCP segment to port {int}, its checksum {word}", arranges, "right or wrong; without cipher", func(ctx context.Context, from, to string, seq, port int, sum string) error {
			if sum != "right" && sum != "wrong" {
				return fmt.Errorf("checksum %q: write right or wrong", sum)
			}
			return s.w.Forge(ctx, from, to, world.Forgery{Seq: uint32(seq), Inner: world.TCP(uint16(port), sum == "right")})
		}},
		{"{int} TCP segment(s) came back by way of {host}", proves, "resets, inside its packets", func(n int, host string) error { return s.w.TCPAnswers(host, n) }},
		{"{host}'s TCP segments have the checksum of other addresses than those outside", guards, "a NAT is between them and the addresses that they were made with", func(host string) error { return s.w.WrongInside(host) }},
		{"{host} sends ESP in UDP with the checksum that the IP version wants", proves, "none over IPv4, one over IPv6", func(host string) error { return s.w.NoChecksums(host) }},
	}
}
