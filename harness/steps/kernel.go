package steps

import (
	"context"
	"fmt"
)

// kernelRows are the sentences about kernels with IPsec (@kernel): what they hold, tell and count, and what is done to them by hand.
func kernelRows(s *scenario) []row {
	return []row{
		{"both kernels agree with the wire, replay window {int}", proves, "SPI, algorithms, key octets, truncation, mode, ends, encapsulation, lifetimes, selectors, replay window and policies, read without our driver", func(window int) error {
			return s.w.KernelsAgree(window)
		}},
		{"the kernel of {host} tells {string}", proves, "in this order, whatever comes between: add SA in, delete policy out, acquire, hard expire in ...", func(ctx context.Context, host, order string) error {
			return s.w.KernelTold(ctx, host, order)
		}},
		{"the kernel of {host} never told {string}", checks, "since the topology stood", func(host, what string) error { return s.w.KernelNeverTold(host, what) }},
		{"the kernel of {host} counts {word}", proves, "a counter of /proc/net/xfrm_stat grew; one that no sentence names must not", func(ctx context.Context, host, counter string) error {
			return s.w.KernelCounted(ctx, host, counter)
		}},
		{"both kernels are empty", checks, "neither SA nor policy, read without our driver", func(ctx context.Context) error { return s.w.KernelsEmpty(ctx) }},
		{"the {word} SA of {host} comes to its {word} limit", arranges, "inbound or outbound, soft or hard: by an EXPIRE from user space", func(direction, host, limit string) error {
			return s.expire(direction, host, limit)
		}},
		{"the kernel of {host} protects what goes to its peer by {string}", arranges, "policies put in by hand, out and in: esp or ah, transport or tunnel", func(host, how string) error {
			return s.w.KernelProtects(host, unquote(how))
		}},
		{"the kernel of {host} refuses the {string}", arranges, "inbound SA, outbound SA or policy: every installation fails, out of memory", func(host, what string) error {
			return s.w.Refuse(host, what)
		}},
	}
}

func (s *scenario) expire(direction, host, limit string) error {
	if direction != "inbound" && direction != "outbound" || limit != "soft" && limit != "hard" {
		return fmt.Errorf("the %s SA, its %s limit: there are inbound and outbound, soft and hard", direction, limit)
	}
	return s.w.KernelExpire(host, direction, limit == "hard")
}
