/** An expression of an assertion. */
export type CodeExpression =
  | { readonly kind: 'value'; readonly value: CodeValue }
  | { readonly kind: 'name'; readonly name: string; readonly line: number }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: CodeExpression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: CodeExpression;
      readonly right: CodeExpression;
    }
  /** `a <= b <= c`: one operator for each operand after the first. */
  | {
      readonly kind: 'compare';
      readonly first: CodeExpression;
      readonly rest: readonly { readonly operator: string; readonly of: CodeExpression }[];
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly CodeExpression[] }
  | { readonly kind: 'tuple'; readonly items: readonly CodeExpression[] };

export type CodeValue = number | string | boolean | null | readonly CodeValue[];

export type CodeStatement = { readonly line: number } & (
  | {
      readonly kind: 'assert';
      readonly condition: CodeExpression;
      readonly message: CodeExpression | undefined;
      /** The condition's source text. */
      readonly text: string;
    }
  | { readonly kind: 'print'; readonly args: readonly CodeExpression[] }
  | {
      readonly kind: 'assign';
      readonly name: string;
      readonly operator: '=' | '+=' | '-=';
      readonly value: CodeExpression;
    }
);
