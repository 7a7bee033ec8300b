# What the kernel tells everybody who listens, in order, and what it counts.
@kernel @netns
Feature: Order of what the kernels are asked

  @PP-32
  Scenario Outline: <mode>: inbound before outbound, and policies after the SAs
    Given two hosts
    And both run plutoplus with "<options>"
    When alice initiates
    Then both sides succeed
    And the kernel of alice tells "add SA in, add SA out, <policies>"
    And the kernel of bob tells "add SA in, add SA out, <policies>"
    And the kernel of bob never told "acquire"
    And the kernel of bob never told "delete SA in"
    And traffic passes in the SAs only

    Examples:
      | mode      | options      | policies                                      |
      | transport | -e 3 -a 3    | add policy out, add policy in                 |
      | tunnel    | -e 3 -a 3 -t | add policy out, add policy in, add policy fwd   |

  @PP-32
  Scenario: A daemon that ends takes out what it put in, and its peer follows
    Given two hosts
    And alice runs plutoplus as "--debug -i -d {bob} -e 3 -a 3"
    And bob runs plutoplus as "--debug"
    And alice initiates
    And both sides have an SA pair
    When alice is told to end
    Then the kernel of alice tells "add SA in, add SA out, add policy out, delete policy out, delete SA in"
    And the kernel of bob tells "add SA in, add SA out, delete SA in"
    And the kernel of bob never told "add policy in"
    And both kernels are empty
