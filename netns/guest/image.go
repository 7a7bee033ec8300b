package guest

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/xi2/xz"
)

var xzMagic = []byte{0xfd, '7', 'z', 'X', 'Z', 0}

// extractImage takes the ELF kernel out of a bzImage. QEMU boots it by PVH, which saves the seconds that
// emulation needs for the kernel's own unpacking.
func extractImage(bzImage, vmlinux string) error {
	packed, err := os.ReadFile(bzImage)
	if err != nil {
		return fmt.Errorf("kernel image: %w", err)
	}
	at := bytes.Index(packed, xzMagic)
	if at < 0 {
		return fmt.Errorf("%s: no xz-compressed kernel in it", bzImage)
	}
	// A kernel is packed with the filter for x86 code, which not every Go decoder has. Behind the stream stands its
	// length, which is no stream.
	r, err := xz.NewReader(bytes.NewReader(packed[at:]), 0)
	if err != nil {
		return fmt.Errorf("%s: %w", bzImage, err)
	}
	r.Multistream(false)
	elf, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%s: unpacking: %w", bzImage, err)
	}
	if !bytes.HasPrefix(elf, []byte("\x7fELF")) {
		return fmt.Errorf("%s: what it holds is no ELF kernel", bzImage)
	}
	return os.WriteFile(vmlinux, elf, 0o644)
}
