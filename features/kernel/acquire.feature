# A packet meets a policy that was put in by hand, the kernel asks, and the daemon negotiates.
@kernel @netns
Feature: Traffic makes the kernel ask for SAs

  @PP-07
  Scenario Outline: A ping to a host that a policy protects starts a negotiation: <how>, <options>, <where>
    Given <where>
    And alice runs plutoplus as "--debug <options>"
    And bob runs plutoplus as "--debug"
    And the kernel of alice protects what goes to its peer by "<how>"
    And the kernel of bob protects what goes to its peer by "<how>"
    And alice listens
    And bob listens
    When alice pings bob 10 times with 64 octets
    Then alice has SAs that the kernel asked for
    And the kernel of alice tells "acquire, add SA in, add SA out"
    And the kernel of bob tells "add SA in, add SA out"
    And the kernel of alice counts XfrmOutNoStates
    And the kernel of bob may count XfrmOutNoStates
    And the messages on the wire are "MI1 MR1 MI2 MR2 MI3 MR3 QI1 QR1 QI2"
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only
    And nothing crossed the wire in clear

    Examples:
      | how           | options      | where               |
      | esp transport | -e 3 -a 3    | two hosts           |
      | esp tunnel    | -e 3 -a 3 -t | two hosts           |
      | ah transport  | -a 3         | two hosts           |
      | esp transport | -e 7 -a 2 -f | two hosts           |
      | esp transport | -e 3 -a 3    | two hosts over IPv6 |
      | esp tunnel    | -e 3 -a 3 -t | two hosts over IPv6 |

  # The first packet of alice overtakes QI2, and until that comes bob has no SA for what he answers: his kernel counts
  # that, and asks for what is on its way already.

  @PP-07 @IKE1-QM-11 @behaviour @must
  Scenario: What is being negotiated is not negotiated twice, whoever began
    Given two hosts
    And alice runs plutoplus as "--debug -e 3 -a 3"
    And bob runs plutoplus as "--debug"
    And the kernel of alice protects what goes to its peer by "esp transport"
    And the kernel of bob protects what goes to its peer by "esp transport"
    And the wire loses QI2 of alice
    And alice listens
    And bob listens
    When alice pings bob 10 times with 64 octets
    Then the message was lost
    And the kernel of alice tells "acquire, add SA in, add SA out"
    And the kernel of bob tells "add SA in, acquire, add SA out"
    And bob prints: kernel request dropped: what {bob}
    And the kernel of alice counts XfrmOutNoStates
    And the kernel of bob counts XfrmOutNoStates
    And the messages on the wire are "MI1 MR1 MI2 MR2 MI3 MR3 QI1 QR1 QI2"
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only
    And nothing crossed the wire in clear

  @PP-07 @EXT-NATT-11 @EXT-UDPE-01 @positive @must
  Scenario Outline: The kernel of a host behind a NAT asks, and what is negotiated travels in UDP: <topology>
    Given the topology "<topology>"
    And alice runs plutoplus as "--debug --natt on -e 3 -a 3"
    And bob runs plutoplus as "--debug --natt on"
    And the kernel of alice protects what goes to its peer by "esp transport"
    And the kernel of bob protects what goes to its peer by "esp transport"
    And alice listens
    And bob listens
    When alice pings bob 10 times with 64 octets
    Then alice has SAs that the kernel asked for
    And the kernel of alice tells "acquire, add SA in, add SA out"
    And the kernel of alice counts XfrmOutNoStates
    And the kernel of bob may count XfrmOutNoStates
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only
    And nothing crossed the wire in clear

    Examples:
      | topology |
      | nat      |
      | nat-both |

  @PP-07
  Scenario: Nobody answers the daemon: nothing goes in clear, and the policy stays
    Given two hosts
    And alice runs plutoplus as "--debug -e 3 -a 3"
    And the kernel of alice protects what goes to its peer by "esp transport"
    And alice listens
    When alice pings bob 3 times with 64 octets
    Then the kernel of alice tells "acquire"
    And alice prints: kernel request
    And the kernel of alice counts XfrmOutNoStates
    And the kernel of alice counts XfrmInTmplMismatch
    And the kernel of alice never told "add SA in"
    And nothing crossed the wire in clear

  @PP-07
  Scenario: A policy that wants another mode than the options is left alone
    Given two hosts
    And alice runs plutoplus as "--debug -e 3 -a 3"
    And bob runs plutoplus as "--debug"
    And the kernel of alice protects what goes to its peer by "ah transport"
    And alice listens
    And bob listens
    When alice pings bob 2 times with 64 octets
    Then alice complains: kernel request ignored: policy wants ah transport, configured esp transport
    And the kernel of alice counts XfrmOutNoStates
    And alice sent nothing
    And nothing crossed the wire in clear
