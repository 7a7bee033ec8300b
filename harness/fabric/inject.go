package fabric

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// inject puts a frame on a device, as if the host had sent it. It is called inside the host. The socket is
// one that receives nothing, and not that of a tap: what a socket sends it does not see.
func inject(device string, frame []byte) error {
	dev, err := net.InterfaceByName(device)
	if err != nil {
		return fmt.Errorf("put a frame on %s: %w", device, err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("put a frame on %s: packet socket: %w", device, err)
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: dev.Index}); err != nil {
		return fmt.Errorf("put a frame of %d octets on %s: %w", len(frame), device, err)
	}
	return nil
}
