package steps

import (
	"context"
	"fmt"
)

// kernelRows are the sentences about kernels with IPsec (@kernel): what they hold, tell and count.
func kernelRows(s *scenario) []row {
	return append([]row{
		{"both kernels agree with the wire, replay window {int}", proves, "SPI, algorithms, key octets, truncation, mode, ends, encapsulation, lifetimes, selectors, replay window and policies, read without our driver", func(window int) error {
			return s.w.KernelsAgree(window)
		}},
		{"the kernel of {host} tells {string}", proves, "in this order, whatever comes between: add SA in, delete policy out, acquire, hard expire in ...", func(ctx context.Context, host, order string) error {
			return s.w.KernelTold(ctx, host, order)
		}},
		{"one kernel or the other tells {string}", proves, "whichever comes to it first", func(ctx context.Context, what string) error { return s.w.AKernelTold(ctx, what) }},
		{"the kernel of {host} never told {string}", checks, "since the topology stood", func(host, what string) error { return s.w.KernelNeverTold(host, what) }},
		{"the kernel of {host} counts {word}", proves, "a counter of /proc/net/xfrm_stat grew; one that no sentence names must not", func(ctx context.Context, host, counter string) error {
			return s.w.KernelCounted(ctx, host, counter)
		}},
		{"the kernel of {host} may count {text}", arranges, "counters that grow or not, by who is faster", func(host, counters string) error { return s.w.KernelMayCount(host, counters) }},
		{"the policies of {host} are still in its kernel", checks, "in and out", func(host string) error { return s.w.KernelPoliciesStay(host) }},
		{"both kernels are empty", checks, "neither SA nor policy, read without our driver", func(ctx context.Context) error { return s.w.KernelsEmpty(ctx) }},
	}, kernelDeedRows(s)...)
}

// kernelDeedRows are the sentences about what is done to a kernel by hand.
func kernelDeedRows(s *scenario) []row {
	return []row{
		{"the {word} SA of {host} comes to its {word} limit", arranges, "inbound or outbound, soft or hard: by an EXPIRE from user space", func(direction, host, limit string) error {
			return s.expire(direction, host, limit)
		}},
		{"the kernel of {host} protects what goes to its peer by {string}", arranges, "policies put in by hand, out and in: esp or ah, transport or tunnel", func(host, how string) error {
			return s.w.KernelProtects(host, unquote(how))
		}},
		{"the kernel of {host} refuses the {string} with {word}", arranges, "inbound SA, outbound SA, policy, inbound policy or forwarding policy: every such installation fails with this errno, as our driver tells it", func(host, what, errno string) error {
			return s.w.Refuse(host, unquote(what), errno)
		}},
		{"both kernels are given {string} SAs with 64-bit sequence numbers, replay window {int}", arranges, "esp aes-sha1, esp aes-gcm-16, ah sha256: in transport mode, through our driver: no negotiation makes them", func(ctx context.Context, form string, window int) error {
			return s.w.ExtendedSAs(ctx, unquote(form), window)
		}},
		{"both kernels have sent and received {int} packets in these SAs", arranges, "their counters are set", func(last int) error {
			return s.w.ExtendedSequence(uint64(last))
		}},
		{"{host} has SAs that the kernel asked for", proves, "a negotiation came of the request", func(ctx context.Context, host string) error { return s.w.Succeeded(ctx, host) }},
		{"{host} can send its peer nothing", proves, "its kernel holds every ping back, for lack of an SA", func(ctx context.Context, host string) error {
			return s.w.KernelHolds(ctx, host)
		}},
	}
}

func (s *scenario) expire(direction, host, limit string) error {
	if direction != "inbound" && direction != "outbound" || limit != "soft" && limit != "hard" {
		return fmt.Errorf("the %s SA, its %s limit: there are inbound and outbound, soft and hard", direction, limit)
	}
	return s.w.KernelExpire(host, direction, limit == "hard")
}
