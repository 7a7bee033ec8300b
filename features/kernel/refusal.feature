# Installation fails at each point: nothing is left, the peer learns of it, and whoever reads the log learns the errno, what the kernel
# probably means, and what to do.
@kernel @netns
Feature: A kernel refuses

  @PP-32
  Scenario Outline: The kernel of alice refuses the <what> with <errno>; <initiator> initiates, and neither side succeeds
    Given two hosts
    And both run plutoplus with "-e 3 -a 3 -t"
    And the kernel of alice refuses the "<what>" with <errno>
    When <initiator> initiates
    Then alice complains: <text>
    And alice complains: <meaning>
    And <the peer is told>
    And neither side exits with 0
    And both kernels are empty
    And nothing crossed the wire in clear

    Examples: as initiator
      | what        | errno           | initiator | text                         | meaning                                                                               | the peer is told                                   |
      | inbound SA  | ENOMEM          | alice     | cannot allocate memory       | the kernel has no memory for another SA: delete some, or raise net.core.optmem_max    | alice deletes ESP under protection                 |
      | inbound SA  | EPROTONOSUPPORT | alice     | protocol not supported       | esp over IPv4 (kernel module esp4) not supported by xfrm                              | alice deletes ESP under protection                 |
      | inbound SA  | EPERM           | alice     | operation not permitted      | CAP_NET_ADMIN in this namespace is needed                                             | alice deletes ESP under protection                 |
      | outbound SA | EINVAL          | alice     | invalid argument             | probably the key lengths of XFRMA_ALG_CRYPT and XFRMA_ALG_AUTH_TRUNC: look at those for cipher 3des with hmac-sha1-96 | alice deletes ESP under protection |
      | outbound SA | ENOSYS          | alice     | function not implemented     | /proc/crypto lists what the kernel has; a module may bring it                         | alice deletes ESP under protection                 |
      | policy      | ENOMEM          | alice     | cannot allocate memory       | the kernel has no memory for another policy: delete some, or raise net.core.optmem_max | alice deletes ESP under protection                |
      | policy      | EINVAL          | alice     | invalid argument             | probably the selector of the policy: look at 192.0.2.1 -> 192.0.2.2                   | alice deletes ESP under protection                 |
      | inbound policy | ENOMEM       | alice     | cannot allocate memory       | add policy in protect 192.0.2.2 -> 192.0.2.1                                                  | alice deletes ESP under protection                 |
      | forwarding policy | ENOMEM    | alice     | cannot allocate memory       | add policy fwd protect 192.0.2.2 -> 192.0.2.1                                                 | alice deletes ESP under protection                 |

    Examples: as responder
      | what        | errno           | initiator | text                         | meaning                                                                               | the peer is told                                   |
      | inbound SA  | ENOMEM          | bob       | cannot allocate memory       | the kernel has no memory for another SA                                               | alice notifies NO-PROPOSAL-CHOSEN under protection |
      | inbound SA  | ENOSYS          | bob       | function not implemented     | cipher 3des with hmac-sha1-96 not supported by xfrm                                   | alice notifies NO-PROPOSAL-CHOSEN under protection |

  @PP-32
  Scenario Outline: The kernel of the responder refuses the <what> with <errno> when the initiator has its SAs: it is told to delete them
    Given two hosts
    And both run plutoplus with "-e 3 -a 3"
    And the kernel of bob refuses the "<what>" with <errno>
    When alice initiates
    Then bob complains: <meaning>
    And bob exits with 2
    And bob deletes ESP under protection
    And the kernel of alice tells "add SA in, add SA out, delete SA in"
    And both kernels are empty

    Examples:
      | what        | errno  | meaning                                                                 |
      | outbound SA | ENOMEM | cannot allocate memory: the kernel has no memory for another SA         |
      | outbound SA | EINVAL | (invalid argument)                                                      |
      | policy      | ENOMEM | cannot allocate memory: the kernel has no memory for another policy     |
