# Limits of SAs, come to by an EXPIRE from user space (which the kernel takes as if its own clock had said it) or by use.
@kernel @netns
Feature: SAs in the kernel come to their limits

  @PP-20
  Scenario Outline: At the hard limit of one SA the pair goes, and nothing passes in clear: <direction> SA of <host>, <mode>
    Given two hosts
    And both run plutoplus with "<options>"
    And alice initiates
    And both kernels agree with the wire, replay window 32
    When the <direction> SA of <host> comes to its hard limit
    Then the kernel of <host> tells "add SA in, add SA out, hard expire <way>, delete SA <other>"
    And <host> prints: expired
    And the policies of <host> are still in its kernel
    And <host> can send its peer nothing
    And nothing crossed the wire in clear

    Examples:
      | direction | way | other | host  | mode      | options      |
      | inbound   | in  | out   | alice | transport | -e 3 -a 3    |
      | outbound  | out | in    | alice | tunnel    | -e 3 -a 3 -t |
      | inbound   | in  | out   | bob   | tunnel    | -e 3 -a 3 -t |
      | outbound  | out | in    | bob   | transport | -e 3 -a 3    |

  @PP-20
  Scenario: A soft limit is told, and the SAs go on working
    Given two hosts
    And both run plutoplus with "-e 3 -a 3"
    And alice initiates
    When the outbound SA of alice comes to its soft limit
    Then the kernel of alice tells "add SA out, soft expire out"
    And alice prints: to {bob} has come to its soft limit
    And the kernel of alice never told "delete SA out"
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only

  @PP-20
  Scenario: The kernel counts octets: after 4 kilobytes the SA carries nothing more
    Given two hosts
    And both run plutoplus with "-e 3 -a 3 -m 4"
    When alice initiates
    And alice pings bob 12 times with 1000 octets
    Then alice got at least 1 answer and not all
    And one kernel or the other tells "hard expire"
    And the kernel of alice counts XfrmOutNoStates
    And the kernel of alice may count XfrmOutStateExpired, XfrmInStateExpired, XfrmInNoStates
    And the kernel of bob may count XfrmOutStateExpired, XfrmInStateExpired, XfrmInNoStates, XfrmOutNoStates
    And nothing crossed the wire in clear
