# Installation fails at each point: nothing is left, and the peer learns of it.
@kernel @netns
Feature: A kernel refuses

  @PP-32
  Scenario Outline: The kernel of <host> refuses the <what>; <initiator> initiates, and neither side succeeds
    Given two hosts
    And both run plutoplus with "-e 3 -a 3"
    And the kernel of <host> refuses the "<what>"
    When <initiator> initiates
    Then <host> complains: add <what>: cannot allocate memory
    And <the peer is told>
    And neither side exits with 0
    And both kernels are empty
    And nothing crossed the wire in clear

    Examples:
      | host  | what        | initiator | the peer is told                                    |
      | alice | inbound SA  | alice     | alice deletes ESP under protection                  |
      | alice | outbound SA | alice     | alice deletes ESP under protection                  |
      | alice | policy      | alice     | alice deletes ESP under protection                  |
      | alice | inbound SA  | bob       | alice notifies NO-PROPOSAL-CHOSEN under protection  |

  @PP-32
  Scenario Outline: The kernel of the responder refuses the <what> when the initiator has its SAs: it is told to delete them
    Given two hosts
    And both run plutoplus with "-e 3 -a 3"
    And the kernel of bob refuses the "<what>"
    When alice initiates
    Then bob complains: add <what>: cannot allocate memory
    And bob exits with 2
    And bob deletes ESP under protection
    And the kernel of alice tells "add SA in, add SA out, delete SA in"
    And both kernels are empty

    Examples:
      | what        |
      | outbound SA |
      | policy      |
