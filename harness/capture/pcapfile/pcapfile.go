// Package pcapfile reads and writes capture files: classic pcap, pcapng, either of them gzip-compressed, and
// files that hold one bare ISAKMP message and nothing around it.
//
// It exists beside gopacket's pcapgo because a judge must read hostile files without taking their word for a
// size, must say which frame and which field was wrong, and must write and read a comment per packet, which
// pcapgo has no option for.
//
// Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
package pcapfile

import (
	"fmt"
	"time"
)

// LinkType says what the first octet of a frame belongs to. Values are those of the tcpdump LINKTYPE registry.
type LinkType uint16

// Link types that the decoder knows. LinkBare is ours: the frame is the payload of a UDP datagram.
const (
	LinkNull     LinkType = 0
	LinkEthernet LinkType = 1
	LinkRawBSD   LinkType = 12 // what some systems write for LinkRaw
	LinkRawOpen  LinkType = 14 // likewise
	LinkRaw      LinkType = 101
	LinkLoop     LinkType = 108
	LinkSLL      LinkType = 113
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkSLL2     LinkType = 276
	LinkBare     LinkType = 0xffff
)

// A Frame is one captured frame.
type Frame struct {
	Number    int // from 1, in the order of the file; a writer ignores it
	Time      time.Time
	Link      LinkType
	Data      []byte   // what was captured: never more than the file holds
	Length    int      // octets on the link; more than len(Data) if the capture was cut
	Comments  []string // of a pcapng packet block
	Interface string   // its name, where the file has one
}

// maxFrame bounds one frame (ours: four times what Wireshark takes), so that a size in a file costs no memory.
const maxFrame = 1 << 20

// A FormatError says where a file stops making sense. Frames read before it are good.
type FormatError struct {
	Frame int    // the frame that was being read, from 1
	Field string // as the format's text calls it
	Err   error
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("frame %d: %s: %v", e.Frame, e.Field, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }
