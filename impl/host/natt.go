package host

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// onlyESPInUDP has a raw socket of UDP receive, of all datagrams of this host, only those to port 4500 that begin with the SPI
// of ESP: an IKE message has zeros there, a keepalive is shorter. The UDP socket at that port gets them too. RFC 3948
// sections 2.1 to 2.3.
//
// The filter sees IPv4 from the IP header on, and IPv6 from the UDP header on.
func onlyESPInUDP(fd int, v4 bool) error {
	const (
		dstPort = 2 // offset in the UDP header
		spi     = 8
	)
	load := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, K: dstPort},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: spi},
	}
	var program []unix.SockFilter
	if v4 {
		program = append(program, unix.SockFilter{Code: unix.BPF_LDX | unix.BPF_B | unix.BPF_MSH})
		load[0].Code = unix.BPF_LD | unix.BPF_H | unix.BPF_IND
		load[1].Code = unix.BPF_LD | unix.BPF_W | unix.BPF_IND
	}
	program = append(program,
		load[0],
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: PortNATT, Jf: 3},
		load[1],
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 0, Jt: 1},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	)
	err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	if err != nil {
		return fmt.Errorf("attach a filter: %w", err)
	}
	return nil
}
