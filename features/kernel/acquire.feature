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
