Feature: Secrets files

  @PP-27
  Scenario: WIT reads isakmp-secrets.<the text of -d> in --witdir
    Given two hosts
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed
    And the secret appears in no output

  @PP-27
  Scenario Outline: The secret is written as <form>
    Given two hosts
    And alice has the secrets file:
      """
      <entry>
      """
    And bob knows the secret "abc"
    And both run plutoplus with "--timeout 2"
    When alice initiates
    Then both sides succeed
    And both sides exit with 0

    Examples:
      | form           | entry                         |
      | a word         | 192.0.2.2 abc                 |
      | quoted         | 192.0.2.2 "abc"               |
      | single quotes  | 192.0.2.2 'abc'               |
      | hexadecimal    | 192.0.2.2 0x616263            |
      | base64         | 192.0.2.2 0sYWJj              |
      | text           | 192.0.2.2 0tabc               |
      | both addresses | 192.0.2.1 192.0.2.2 "abc" # x |
      | any peer       | %any "abc"                    |

  @PP-27
  Scenario: A peer that has an entry of its own does not get that of any peer
    Given two hosts
    And alice has the secrets file:
      """
      %any "wrong"
      192.0.2.2 "right"
      """
    And bob knows the secret "right"
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed

  @PP-27 @PP-29
  Scenario: No entry for the peer: the run fails at once
    Given two hosts
    And alice has the secrets file:
      """
      192.0.2.99 "of somebody else"
      """
    And alice runs plutoplus with ""
    When alice initiates alone
    Then alice exits with 1
    And alice complains: no secret for 192.0.2.2 in
    And alice sent nothing

  @PP-27 @PP-29
  Scenario: No secrets file: the run fails at once
    Given two hosts
    And alice has no secrets file
    And alice runs plutoplus with ""
    When alice initiates alone
    Then alice exits with 1
    And alice complains: no secret for 192.0.2.2 in
    And alice sent nothing

  @PP-27
  Scenario: A bad line is reported with its number and skipped
    Given two hosts
    And alice has the secrets file:
      """
      192.0.2.2
      192.0.2.2 0x123
      192.0.2.2 "good"
      """
    And bob knows the secret "good"
    And both run plutoplus with ""
    When alice initiates
    Then both sides succeed
    And alice complains: line 1:
    And alice complains: line 2:

  @PP-27
  Scenario: A file that others may write is refused
    Given two hosts
    And alice knows the secret "abc"
    And alice's secrets file has mode 0666
    And alice runs plutoplus with ""
    When alice initiates alone
    Then alice exits with 1
    And alice sent nothing
